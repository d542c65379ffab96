import type { EnvironmentConfig } from '../../config/types';
import { StepError } from '../../engine/failures';
import type { ProxmoxClient } from '../../tools/proxmox/ProxmoxClient';

const POOL = [
  'Pool.Audit',
  'VM.Allocate',
  'VM.Audit',
  'VM.Config.CDROM',
  'VM.Config.CPU',
  'VM.Config.Cloudinit',
  'VM.Config.Disk',
  'VM.Config.HWType',
  'VM.Config.Memory',
  'VM.Config.Network',
  'VM.Config.Options',
  'VM.GuestAgent.Audit',
  'VM.GuestAgent.FileRead',
  'VM.PowerMgmt',
];

/** What the portal's token must be granted, by path: `terraform/least-privilege.json` with an environment's values. */
export function neededPrivileges({
  proxmox,
}: EnvironmentConfig): Record<string, string[]> {
  return {
    [`/pool/${proxmox.pool}`]: POOL,
    [`/vms/${proxmox.templateVmid}`]: ['VM.Audit', 'VM.Clone'],
    [`/storage/${proxmox.datastore}`]: [
      'Datastore.AllocateSpace',
      'Datastore.Audit',
    ],
    [`/sdn/zones/localnetwork/${proxmox.bridge}`]: ['SDN.Use'],
  };
}

/**
 * Refuses to go on with a token that lacks a privilege. Without VM.Audit machines would seem to be gone, and be made a second
 * time; without others a run would end half-way.
 */
export async function checkPrivileges(
  proxmox: ProxmoxClient,
  environment: EnvironmentConfig,
  signal: AbortSignal,
): Promise<void> {
  const missing: string[] = [];
  for (const [path, needed] of Object.entries(neededPrivileges(environment))) {
    const granted = await proxmox.permissions(path, { signal });
    const lacking = needed.filter(privilege => !granted.has(privilege));
    if (lacking.length > 0) missing.push(`${lacking.join(', ')} on ${path}`);
  }
  if (missing.length > 0)
    throw new StepError('KUBESMITH-PVE-PERMISSION', {
      detail: missing.join('; '),
    });
}
