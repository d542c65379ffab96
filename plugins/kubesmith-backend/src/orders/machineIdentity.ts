import { createHash } from 'node:crypto';

/** Our own prefix; its second bit says "locally administered", so it is nobody's. */
const PREFIX = ['02', '4B', '53'];

/**
 * The MAC address of a node, derived from cluster and node name: a machine that is made again keeps its address.
 *
 * @param taken - addresses that live nodes have; a different one is derived when the first is among them
 */
export function deriveMacAddress(
  clusterId: string,
  node: string,
  taken: Set<string>,
): string {
  for (let attempt = 0; ; attempt++) {
    const hash = createHash('sha256')
      .update(`${clusterId}/${node}/${attempt}`)
      .digest('hex')
      .toUpperCase();
    const address = [
      ...PREFIX,
      hash.slice(0, 2),
      hash.slice(2, 4),
      hash.slice(4, 6),
    ].join(':');
    if (!taken.has(address)) {
      return address;
    }
  }
}

/** Whether a MAC address (upper case) is one that {@link deriveMacAddress} gives out. */
export function isDerivedMacAddress(mac: string): boolean {
  return mac.startsWith(`${PREFIX.join(':')}:`);
}
