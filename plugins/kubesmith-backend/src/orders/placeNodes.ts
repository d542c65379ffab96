import type { NodeRole } from '@kubesmith/plugin-kubesmith-common';

/** A Proxmox host that may take machines, and its free memory in MiB. */
export type Candidate = { name: string; freeMemoryMiB: number };

/**
 * Decides which host each node goes to: the one with the most free memory, and for control planes first of all one that has
 * no other control plane of this cluster. Memory may be promised beyond what is free, as Proxmox allows; the fullest host is
 * then chosen last.
 *
 * @param nodes - in the order in which they are placed; memory in MiB
 * @returns a host for each node
 */
export function placeNodes(
  nodes: Array<{ role: NodeRole; memoryMiB: number }>,
  candidates: Candidate[],
): string[] {
  const hosts = candidates.map(candidate => ({
    ...candidate,
    controlPlanes: 0,
  }));
  return nodes.map(({ role, memoryMiB }) => {
    const [best] = [...hosts].sort(
      (a, b) =>
        (role === 'control-plane' ? a.controlPlanes - b.controlPlanes : 0) ||
        b.freeMemoryMiB - a.freeMemoryMiB ||
        a.name.localeCompare(b.name),
    );
    best.freeMemoryMiB -= memoryMiB;
    if (role === 'control-plane') {
      best.controlPlanes += 1;
    }
    return best.name;
  });
}
