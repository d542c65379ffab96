import { type Figure, figure, median } from '../figures';
import { timeOf } from '../measure';
import { OrderScene } from './OrderScene';

const ORDERS = 8;
const PAIRS = 5;
const CLONE_SECONDS = 20;

/** How much of eight orders at once the portal does at once. */
export async function* measureEightAtOnce(): AsyncGenerator<Figure> {
  const scene = await OrderScene.create({
    tasks: { qmclone: CLONE_SECONDS * 1000 },
    playbookSeconds: 0,
  });
  try {
    const portal = await scene.portal();
    const build = async (count: number) => {
      const placed: string[] = [];
      const ms = await timeOf(() =>
        Promise.all(
          Array.from({ length: count }, async () => {
            const order = await scene.order(portal);
            await scene.built(order);
            placed.push(order.clusterId);
          }),
        ),
      );
      await scene.remove(portal, placed);
      return ms;
    };
    await build(1);
    const pairs: { one: number; eight: number; p99: number; most: number }[] =
      [];
    for (let pair = 0; pair < PAIRS; pair++) {
      const one = await build(1);
      await portal.eventLoop();
      const eight = await build(ORDERS);
      pairs.push({ one, eight, ...(await portal.eventLoop()) });
    }
    const seconds = (of: 'one' | 'eight') =>
      (median(pairs.map(pair => pair[of])) / 1000).toFixed(1);
    yield figure({
      name: 'orders.eight-at-once',
      values: pairs.map(({ eight, one }) => (ORDERS * one) / eight),
      target: { atLeast: 7.5 },
      note: `Eight times what one order takes alone / what ${ORDERS} take that are placed at once, two nodes each, from the order over HTTP to the end of the last operation: ${ORDERS} x ${seconds(
        'one',
      )} s / ${seconds(
        'eight',
      )} s. Hypervisor time only: the API double of Proxmox with clones of ${CLONE_SECONDS} s and no limit of clones; no Kubernetes. Real: API, records, engine, Terraform with its provider, one process of each per order.`,
      why: 'Each Terraform and its provider take about two seconds of a core; eight at once share what cores there are.',
    });
    yield figure({
      name: 'orders.event-loop-p99',
      values: pairs.map(({ p99 }) => p99),
      target: { atMost: 50 },
      note: `Milliseconds by which the portal's event loop was late, p99, while ${ORDERS} orders were built and deleted at once (5 of them are the measure's own grain); at most ${Math.max(
        ...pairs.map(({ most }) => most),
      ).toFixed(0)} ms.`,
    });
  } finally {
    await scene.close();
  }
}
