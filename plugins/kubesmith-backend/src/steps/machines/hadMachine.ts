import type { NodeRecord } from '../../database/records';

/** Whether a machine was made for the node: then what stands behind its id now may still be that one. */
export function hadMachine(
  node: NodeRecord,
  known: { node: string }[] = [],
): boolean {
  const made = node.state !== 'planned' && node.state !== 'deleted';
  return made || known.some(machine => machine.node === node.name);
}
