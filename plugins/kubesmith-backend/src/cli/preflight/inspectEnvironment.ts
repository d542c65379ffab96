import type { ProxmoxConnection } from '../../config/types';
import type { InspectEnvironment } from '../../environments/inspect';
import type { ProxmoxClient } from '../../tools/proxmox/ProxmoxClient';
import { checkEnvironment } from './checkEnvironment';
import { Checklist } from './Checklist';

/** The preflight's look at one environment, for the portal's page. */
export function createInspectEnvironment(
  proxmox: ProxmoxClient,
  connection: ProxmoxConnection,
): InspectEnvironment {
  return async (environment, known) => {
    const list = new Checklist();
    const [vms, hosts] = await Promise.all([proxmox.vms(), proxmox.hosts()]);
    await checkEnvironment({
      list,
      environment,
      key: environment.name,
      proxmox,
      connection,
      vms,
      hosts,
      known,
    });
    return list.findings.map(({ level, text, remedy }) => ({
      level,
      text,
      ...(remedy === undefined ? {} : { remedy }),
    }));
  };
}
