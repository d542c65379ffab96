import type { EnvironmentConfig } from '../../config/types';
import { StepError } from '../../engine/failures';
import type { ProxmoxClient } from '../../tools/proxmox/ProxmoxClient';
import type { Finding } from './survey';

/**
 * Refuses to begin while a host is down that machines are, or are to be, on: one such machine ends the whole run of
 * Terraform, and a clone that it cannot configure is left half made.
 *
 * @throws StepError KUBESMITH-PVE-HOST-DOWN
 */
export async function checkHosts(
  proxmox: ProxmoxClient,
  findings: Finding[],
  signal: AbortSignal,
): Promise<void> {
  const hosts = await proxmox.hosts({ signal });
  for (const { node } of findings) {
    const host = hosts.find(({ node: name }) => name === node.host);
    if (!host?.online) {
      throw new StepError('KUBESMITH-PVE-HOST-DOWN', {
        host: node.host,
        detail: host ? `${node.name} belongs there` : 'there is no such host',
      });
    }
  }
}

/**
 * Refuses to begin without the template, when a machine is to be made.
 *
 * @throws StepError KUBESMITH-PVE-TEMPLATE-GONE
 */
export async function checkTemplate(
  proxmox: ProxmoxClient,
  { proxmox: { templateVmid, templateHost } }: EnvironmentConfig,
  findings: Finding[],
  signal: AbortSignal,
): Promise<void> {
  if (!findings.some(({ state }) => state === 'absent')) return;
  const machine = (await proxmox.vms({ signal })).find(
    ({ vmid }) => vmid === templateVmid,
  );
  const gone = (detail: string) =>
    new StepError('KUBESMITH-PVE-TEMPLATE-GONE', {
      vmid: templateVmid,
      detail,
    });
  if (!machine) throw gone('Proxmox knows no machine with this id');
  if (!machine.template) throw gone('the machine with this id is no template');
  if (templateHost && machine.node !== templateHost)
    throw gone(`it is on ${machine.node}, not on ${templateHost}`);
}
