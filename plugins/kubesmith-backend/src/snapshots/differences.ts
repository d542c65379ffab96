import type { NodeRecord } from '../database/records';
import type { SnapshotNode } from './records';

/**
 * What of a cluster's machines is not as it was in a snapshot, in words; undefined if all is. Going back would otherwise bring
 * back nodes that left, or lose ones that came.
 */
export function differences(
  then: readonly SnapshotNode[],
  now: readonly NodeRecord[],
): string | undefined {
  const told: string[] = [];
  for (const node of now)
    if (!then.some(({ name }) => name === node.name))
      told.push(`${node.name} came later`);
  for (const old of then) {
    const node = now.find(({ name }) => name === old.name);
    if (!node) told.push(`${old.name} left since`);
    else if (node.vmid !== old.vmid)
      told.push(`${old.name} has another machine since`);
    else if (
      node.vcpu !== old.vcpu ||
      node.memoryMiB !== old.memoryMiB ||
      node.diskGiB !== old.diskGiB
    )
      told.push(`${old.name} has another size since`);
  }
  return told.length > 0 ? told.join('; ') : undefined;
}
