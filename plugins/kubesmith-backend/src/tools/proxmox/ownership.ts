import type { NodeRecord } from '../../database/records';
import { parseMarker } from './marker';
import type { PveVm, PveVmConfig } from './types';

/** Why a machine is, or is not, the one that we recorded. */
export type Ownership =
  | { ours: true }
  | {
      ours: false;
      reason: string;
      /** It bears a mark of the node: it was ours, and somebody changed it. Else it is a stranger's. */
      changed: boolean;
    };

/** The UUID in a machine's `smbios1` option, lower case. */
export function smbiosUuidOf(config: PveVmConfig): string | undefined {
  const match = /(?:^|,)uuid=([0-9a-fA-F-]{36})(?:,|$)/.exec(
    String(config.smbios1 ?? ''),
  );
  return match?.[1].toLowerCase();
}

/**
 * Whether a machine is proven to be the one of a node record: the VMID is the recorded one, and the Proxmox pool, the name
 * and the marker in the description (cluster, node, operation) agree. The SMBIOS UUID must agree too once the record says
 * that the machine was configured: a clone gets a random one first, ours comes with the configuration.
 *
 * Everything that changes or removes a machine asks this first. A VMID alone proves nothing: it is used again.
 */
export function provenOurs(
  node: NodeRecord,
  environmentPool: string,
  vm: PveVm,
  config: PveVmConfig,
): Ownership {
  const no = (reason: string): Ownership => ({
    ours: false,
    reason,
    changed: bearsMarkOf(node, config),
  });
  if (vm.vmid !== node.vmid) return no(`it has the machine id ${vm.vmid}`);
  if (vm.template) return no('it is a template');
  if (vm.pool !== environmentPool)
    return no(vm.pool ? `it is in the pool '${vm.pool}'` : 'it is in no pool');
  const name = String(config.name ?? vm.name);
  if (name !== node.name) return no(`it is named '${name}'`);
  const marker = parseMarker(config.description);
  if (!marker) return no('its description has no marker of ours');
  if (marker.clusterId !== node.clusterId)
    return no('its marker names another cluster');
  if (marker.nodeName !== node.name) return no('its marker names another node');
  if (marker.operationId !== node.operationId)
    return no('its marker names another operation');
  const configured = node.state !== 'planned' && node.state !== 'deleted';
  if (configured && smbiosUuidOf(config) !== node.smbiosUuid.toLowerCase())
    return no('its SMBIOS UUID is another one');
  return { ours: true };
}

/** Whether something on the machine says that it was made for the node: the marker, or the UUID that we chose. */
function bearsMarkOf(node: NodeRecord, config: PveVmConfig): boolean {
  const marker = parseMarker(config.description);
  return (
    (marker?.clusterId === node.clusterId && marker.nodeName === node.name) ||
    smbiosUuidOf(config) === node.smbiosUuid.toLowerCase()
  );
}
