import type { NodeRecord } from '../database/records';
import type { PveCallOptions } from '../tools/proxmox/PveConnection';
import type { ProxmoxClient } from '../tools/proxmox/ProxmoxClient';
import { parseHostKey } from '../tools/ssh/hostKey';

const HOST_KEY_FILE = '/etc/ssh/ssh_host_ed25519_key.pub';

/**
 * A machine's SSH host key as its guest agent tells it: through the hypervisor, not over the network that may lie. Undefined
 * when the file is no host key.
 *
 * @throws PveError 500 while the agent is away or there is no such file
 */
export async function guestHostKey(
  proxmox: Pick<ProxmoxClient, 'agentReadFile'>,
  node: Pick<NodeRecord, 'host' | 'vmid'>,
  options: PveCallOptions,
): Promise<string | undefined> {
  return parseHostKey(
    await proxmox.agentReadFile(node.host, node.vmid, HOST_KEY_FILE, options),
  );
}
