import { PveError } from '../../tools/proxmox/PveError';
import type { ProxmoxClient } from '../../tools/proxmox/ProxmoxClient';
import type { Checklist } from './Checklist';
import type { EnvironmentScope } from './scope';

interface BridgeRow {
  iface?: unknown;
  active?: unknown;
  bridge_vlan_aware?: unknown;
}

/** Looks for the bridge of an environment on each of its hosts that are online. */
export async function checkNetwork(
  { environment, key, list, proxmox }: EnvironmentScope,
  hosts: string[],
): Promise<void> {
  const { bridge, vlan } = environment.proxmox;
  const good: string[] = [];
  for (const host of hosts) {
    const rows = (await proxmox.read(`/nodes/${host}/network`, {
      type: 'any_bridge',
    })) as BridgeRow[];
    const row = rows.find(({ iface }) => iface === bridge);
    if (!row)
      list.problem(
        `The host ${host} has no bridge ${bridge}, or the token may not use it`,
        `${key}.proxmox.bridge: give a bridge that all hosts have (pvesh get /nodes/${host}/network)`,
      );
    else if (Number(row.active ?? 1) !== 1)
      list.problem(
        `The bridge ${bridge} on the host ${host} is not up`,
        `ifup ${bridge} on ${host}`,
      );
    else if (vlan !== undefined && Number(row.bridge_vlan_aware ?? 0) !== 1)
      list.info(
        `The bridge ${bridge} on the host ${host} is not VLAN-aware; Proxmox makes a bridge of its own for VLAN ${vlan}`,
        `the switch port of ${host} must carry VLAN ${vlan} tagged`,
      );
    else good.push(host);
  }
  if (good.length > 0)
    list.ok(
      `The bridge ${bridge}${
        vlan === undefined ? '' : ` (VLAN-aware, for VLAN ${vlan})`
      } is up on ${good.join(', ')}`,
    );
}

/** Says whether Proxmox's firewall is on for the whole datacenter: rules of single machines do nothing while it is off. */
export async function checkFirewall(
  list: Checklist,
  proxmox: ProxmoxClient,
): Promise<void> {
  try {
    const options = (await proxmox.read('/cluster/firewall/options')) as {
      enable?: unknown;
    };
    if (Number(options?.enable ?? 0) === 1)
      list.info(
        'The datacenter’s firewall is on: it must let the portal reach nodes on ports 22 and 6443',
      );
    else list.info('The datacenter’s firewall is off');
  } catch (error) {
    if (!(error instanceof PveError) || error.status !== 403) throw error;
    list.info(
      'Whether the datacenter’s firewall is on is not shown to the token (Sys.Audit on /, which it does not need)',
    );
  }
}
