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

/** Privileges by the path that they must be granted on. */
export type NeededPrivileges = Record<string, string[]>;

/** What making machines takes: `terraform/least-privilege.json` with an environment's values. */
export function neededToCreate({
  proxmox,
}: EnvironmentConfig): NeededPrivileges {
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
 * What removing machines, and seeing that they are gone, takes. Only with VM.Audit on the pool is a machine that cannot be seen
 * a machine that is not ours; without Pool.Audit all of ours would seem to be in no pool.
 */
export function neededToRemove({
  proxmox,
}: EnvironmentConfig): NeededPrivileges {
  return {
    [`/pool/${proxmox.pool}`]: [
      'Pool.Audit',
      'VM.Allocate',
      'VM.Audit',
      'VM.PowerMgmt',
    ],
    [`/storage/${proxmox.datastore}`]: ['Datastore.Audit'],
  };
}

/** What taking, going back to and removing snapshots takes. */
export function neededToSnapshot({
  proxmox,
}: EnvironmentConfig): NeededPrivileges {
  return {
    [`/pool/${proxmox.pool}`]: ['VM.Snapshot', 'VM.Snapshot.Rollback'],
  };
}

/**
 * Refuses to go on with a token that lacks a privilege. Without VM.Audit machines would seem to be gone, and be made a second
 * time, or their addresses be given away; without others a run would end half-way.
 *
 * @throws StepError KUBESMITH-PVE-PERMISSION naming what lacks where
 */
export async function checkPrivileges(
  proxmox: Pick<ProxmoxClient, 'permissions'>,
  privileges: NeededPrivileges,
  signal: AbortSignal,
): Promise<void> {
  const missing: string[] = [];
  for (const [path, needed] of Object.entries(privileges)) {
    const granted = await proxmox.permissions(path, { signal });
    const lacking = needed.filter(privilege => !granted.has(privilege));
    if (lacking.length > 0) missing.push(`${lacking.join(', ')} on ${path}`);
  }
  if (missing.length > 0)
    throw new StepError('KUBESMITH-PVE-PERMISSION', {
      detail: missing.join('; '),
    });
}
