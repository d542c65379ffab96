import { provenOurs } from '../tools/proxmox/ownership';
import { asFarAsKnown } from '../steps/removal/asFarAsKnown';
import type { OtherMachine } from './lookAtMachines';
import type { KnownCluster, Sighting } from './records';
import { foreignMachine, orphanMachine, unknownMachine } from './sightings';

/**
 * What is to be said of a machine that is none of a live node.
 *
 * @param known - the cluster that its marker names, if the records have it
 * @returns nothing for a machine that is a live node's after all: its cluster changed while we looked
 */
export function judgeOther(
  other: OtherMachine,
  known: KnownCluster | undefined,
): Sighting | undefined {
  const { config, environment, marker, vm } = other;
  const { name } = environment;
  if (!marker || !config) return foreignMachine(vm, name, whereIsIt(other));
  const unknown = (reason: string) => unknownMachine(vm, name, marker, reason);
  if (!known)
    return unknown(`the records do not know the cluster ${marker.clusterId}`);
  const isLive = known.nodes.some(
    one => one.vmid === vm.vmid && one.removedAt === undefined,
  );
  if (isLive) return undefined;
  const node = known.nodes.find(
    one =>
      one.name === marker.nodeName &&
      one.vmid === vm.vmid &&
      one.removedAt !== undefined,
  );
  const { pool } = environment.proxmox;
  if (!node) {
    return unknown(
      `the cluster '${known.cluster.name}' has, and had, no such node with this machine id`,
    );
  }
  const ownership = provenOurs(asFarAsKnown(node), pool, vm, config);
  if (!ownership.ours) return unknown(ownership.reason);
  return orphanMachine(vm, { known, node, environment: name }, pool);
}

function whereIsIt({ config, environment, vm }: OtherMachine): string {
  const where =
    vm.pool === environment.proxmox.pool
      ? `it is in the Proxmox pool '${vm.pool}' of the environment '${environment.name}'`
      : `its id is among those of the environment '${environment.name}'`;
  return config ? where : `${where}, and the portal may not read it`;
}
