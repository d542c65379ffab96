import type { EnvironmentConfig } from '../../config/types';
import type { NeededPrivileges } from '../machines/privileges';

/** What switching machines off and on takes, and seeing whose they are. */
export function neededToSwitch({
  proxmox,
}: EnvironmentConfig): NeededPrivileges {
  return {
    [`/pool/${proxmox.pool}`]: [
      'Pool.Audit',
      'VM.Audit',
      'VM.Config.Options',
      'VM.PowerMgmt',
    ],
  };
}
