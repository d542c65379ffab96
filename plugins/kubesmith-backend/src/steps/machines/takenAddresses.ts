import { StepError } from '../../engine/failures';
import { VIP_SLOT } from '../../orders/OrderService';
import { isDerivedMacAddress } from '../../orders/machineIdentity';
import { PoolExhaustedError } from '../../pools/PoolStore';
import type { Context } from '../services';
import type { Finding } from './survey';
import { hadMachine } from './hadMachine';

/** How often one slot may get another address: whoever answers on each of them must be found, not fled from. */
const MOVES = 3;
const REPLACED = 'KUBESMITH-ADDRESS-REPLACED';

type Answered = {
  /** A node's name, or the one of the API's address. */
  slot: string;
  address: string;
  detail: string;
  /** Whether others may know the node by this address. */
  known: boolean;
};

/**
 * Looks whether somebody else answers on the addresses of machines that are about to be made, and gives those nodes others.
 * Also for the address of the Kubernetes API as long as there was no machine that could have it.
 *
 * @returns whether something got another address
 * @throws StepError when that happened too often, the pool has no other address, or the node had a machine before: others know
 * it by its address
 */
export async function takeOtherAddresses(
  context: Context,
  findings: Finding[],
): Promise<boolean> {
  for (let moved = false; ; moved = true) {
    const answered = await findAnswered(context, findings);
    if (answered.length === 0) return moved;
    for (const one of answered) await replace(context, one);
  }
}

async function findAnswered(
  { services, cluster, signal }: Context,
  findings: Finding[],
): Promise<Answered[]> {
  const { clusters, probe } = services;
  const absent = findings
    .filter(({ state }) => state === 'absent')
    .map(({ node }) => node.name);
  const nodes = await clusters.liveNodes(cluster.id);
  const candidates = nodes
    .filter(({ name }) => absent.includes(name))
    .map(node => ({
      slot: node.name,
      address: node.ipAddress,
      known: hadMachine(node),
    }));
  if (absent.length === nodes.length && !nodes.some(node => hadMachine(node))) {
    const { vip } = (await clusters.get(cluster.id))!;
    candidates.push({ slot: VIP_SLOT, address: vip, known: false });
  }
  const details = await Promise.all(
    candidates.map(({ address }) =>
      probe(address, { signal, ours: isDerivedMacAddress }),
    ),
  );
  return candidates.flatMap((candidate, index) =>
    details[index] ? [{ ...candidate, detail: details[index] }] : [],
  );
}

async function replace(
  { services, cluster, operation, journal }: Context,
  { slot, address, detail, known }: Answered,
): Promise<void> {
  const { clusters, operations, pools } = services;
  const what = slot === VIP_SLOT ? 'the Kubernetes API' : slot;
  const refusal = new StepError('KUBESMITH-ADDRESS-FOREIGN', {
    address,
    node: what,
    detail,
  });
  const about = { code: REPLACED, node: slot };
  if (known || (await operations.countEvents(operation.id, about)) >= MOVES)
    throw refusal;
  await journal(async tx => {
    await pools.lock(tx, cluster.poolId);
    const other = await pools.replace(tx, {
      poolId: cluster.poolId,
      clusterId: cluster.id,
      operationId: operation.id,
      address,
    });
    if (slot === VIP_SLOT)
      await clusters.update(cluster.id, { vip: other }, tx);
    else await clusters.updateNode(cluster.id, slot, { ipAddress: other }, tx);
    const { failure } = new StepError(REPLACED, {
      address,
      node: what,
      detail,
      other,
    });
    await operations.insertEvent(tx, operation.id, {
      step: 'machines',
      node: slot,
      level: 'warn',
      code: failure.code,
      message: failure.message,
    });
  }).catch(error => {
    throw error instanceof PoolExhaustedError ? refusal : error;
  });
}
