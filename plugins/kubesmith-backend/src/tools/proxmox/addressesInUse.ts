import { parseMarker } from './marker';
import type { ProxmoxClient } from './ProxmoxClient';
import type { PveGuest, PveVmConfig } from './types';

/** What one machine may take to answer; a guest agent that hangs does not hold up an order. */
const TIMEOUT_MS = 3000;
const AT_ONCE = 8;

type Client = Pick<ProxmoxClient, 'guests' | 'guestConfig' | 'agentInterfaces'>;

/** The IPv4 addresses in a machine's or a container's configuration: `ipconfig0: ip=10.0.0.5/24,gw=…`, `net0: …,ip=…`. */
export function configuredAddresses(config: PveVmConfig): string[] {
  return Object.entries(config).flatMap(([option, value]) => {
    if (!/^(ipconfig|net)\d+$/.test(option)) return [];
    const match = /(?:^|,)ip=(\d+\.\d+\.\d+\.\d+)(?:\/|,|$)/.exec(
      String(value),
    );
    return match ? [match[1]] : [];
  });
}

/**
 * The addresses of the machines and containers that the token sees, but for those with these ids: what their configuration
 * says, and what the guest agents of running machines say. Machines that cannot be read are left out: the token may see them
 * in the list and no more.
 */
export async function addressesInUse(
  client: Client,
  except: Set<number>,
): Promise<Array<{ vmid: number; clusterId?: string; addresses: string[] }>> {
  const guests = (await client.guests()).filter(
    ({ vmid, template }) => !template && !except.has(vmid),
  );
  const found: Awaited<ReturnType<typeof addressesInUse>> = [];
  const queue = [...guests];
  const work = async () => {
    for (let guest = queue.shift(); guest; guest = queue.shift()) {
      const config = await client
        .guestConfig(guest, once())
        .catch(() => undefined);
      if (!config) continue;
      found.push({
        vmid: guest.vmid,
        clusterId: parseMarker(config.description)?.clusterId,
        addresses: [
          ...configuredAddresses(config),
          ...(await agentAddresses(client, guest, config)),
        ],
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found;
}

async function agentAddresses(
  client: Client,
  { kind, node, status, vmid }: PveGuest,
  config: PveVmConfig,
): Promise<string[]> {
  const hasAgent = /^(1|enabled=1)(,|$)/.test(String(config.agent ?? ''));
  if (kind !== 'qemu' || status !== 'running' || !hasAgent) return [];
  const interfaces = await client
    .agentInterfaces(node, vmid, once())
    .catch(() => []);
  return interfaces
    .flatMap(({ addresses }) => addresses)
    .filter(address => /^\d+\.\d+\.\d+\.\d+$/.test(address))
    .filter(address => !address.startsWith('127.'));
}

function once() {
  return { signal: AbortSignal.timeout(TIMEOUT_MS), attempts: 1 };
}
