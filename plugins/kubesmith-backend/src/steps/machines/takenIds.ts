import { isUniqueViolation } from '../../database/isUniqueViolation';
import { StepError } from '../../engine/failures';
import { chooseVmids } from '../../orders/chooseVmids';
import { type Context, environmentOf } from '../services';
import { refusal } from './refusal';
import type { Foreign } from './survey';

/** How often one node may get another id: whoever takes them one after the other must be found, not fled from. */
const MOVES = 3;
/** How often others may take what we chose, or Proxmox may say that it is taken, before we give up. */
const ROUNDS = 5;
const REPLACED = 'KUBESMITH-VMID-REPLACED';

/**
 * Gives nodes other ids of the environment's range whose own are taken by machines of others, which are not touched. Only for
 * nodes that have had no machine yet: behind the id of a node that was there somebody must look.
 *
 * @throws StepError when that happened too often to a node, or no id is free
 */
export async function takeOtherIds(
  context: Context,
  taken: Foreign[],
): Promise<void> {
  const { services, cluster, operation, journal, signal } = context;
  const { proxmox, clusters, operations } = services;
  for (const finding of taken) {
    const about = { code: REPLACED, node: finding.node.name };
    if ((await operations.countEvents(operation.id, about)) >= MOVES)
      throw refusal(finding);
  }
  const range = (await environmentOf(context)).proxmox.vmids;
  const occupied = new Set(
    (await proxmox.vms({ signal })).map(({ vmid }) => vmid),
  );
  for (let round = 1; ; round++) {
    const reserved = (await clusters.reservations()).vmids;
    const chosen = chooseVmids(
      range,
      new Set([...occupied, ...reserved]),
      taken.length,
    );
    if (chosen.length < taken.length || round > ROUNDS) throw refusal(taken[0]);
    const free = await Promise.all(
      chosen.map(vmid => proxmox.isFree(vmid, { signal })),
    );
    chosen.filter((_, index) => !free[index]).forEach(id => occupied.add(id));
    if (free.includes(false)) continue;
    try {
      await journal(async tx => {
        for (const [index, { node, reason }] of taken.entries()) {
          const vmid = chosen[index];
          await clusters.updateNode(cluster.id, node.name, { vmid }, tx);
          const { failure } = new StepError(REPLACED, {
            vmid: node.vmid,
            node: node.name,
            detail: reason,
            other: vmid,
          });
          await operations.insertEvent(tx, operation.id, {
            step: 'machines',
            node: node.name,
            level: 'warn',
            code: failure.code,
            message: failure.message,
          });
        }
      });
      return;
    } catch (error) {
      // Another order took one of them in the same moment.
      if (!isUniqueViolation(error)) throw error;
    }
  }
}
