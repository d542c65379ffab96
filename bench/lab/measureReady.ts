import { figure, median, type Figure } from '../figures';
import { linesOf } from './linesOf';

const PAIRS = 5;

type Pair = {
  portal: number;
  steps: Record<string, number>;
  bare: Record<string, number>;
};

const sum = (parts: Record<string, number>) =>
  Object.values(parts).reduce((all, part) => all + part, 0);

/** What a cluster costs from the order to Ready, against machines, kubeadm and the network by hand. */
export async function* measureReady(): AsyncGenerator<Figure> {
  const pairs: Pair[] = [];
  for await (const line of linesOf('floor.ts', [String(PAIRS)]))
    pairs.push(line as Pair);
  const parts = (of: (pair: Pair) => Record<string, number>) =>
    Object.keys(of(pairs[0]!))
      .map(name => {
        const middle = median(pairs.map(pair => of(pair)[name]!));
        return `${name} ${middle.toFixed(1)} s`;
      })
      .join(', ');
  yield figure({
    name: 'lab.ready-against-floor',
    values: pairs.map(({ bare, portal }) => portal / sum(bare)),
    target: { atMost: 1.5 },
    note: `From the order to Ready, one control plane and one worker / the same by hand: ${median(
      pairs.map(({ portal }) => portal),
    ).toFixed(1)} s (${parts(({ steps }) => steps)}) / ${median(
      pairs.map(({ bare }) => sum(bare)),
    ).toFixed(1)} s (${parts(
      ({ bare }) => bare,
    )}). Real: the portal, Terraform, Ansible, kubeadm. Stand-in: the API double of Proxmox, whose machines are containers; by hand they are made without it.`,
  });
}
