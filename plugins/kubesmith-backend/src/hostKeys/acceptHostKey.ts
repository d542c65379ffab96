import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { AuditStore } from '../audit/AuditStore';
import type { ClusterStore } from '../database/ClusterStore';
import type { ClusterRecord, NodeRecord } from '../database/records';
import { HostKeyAlarm } from '../grants/HostKeyAlarm';
import { survey } from '../steps/machines/survey';
import type { ProxmoxClient } from '../tools/proxmox/ProxmoxClient';
import { guestHostKey } from './guestHostKey';

/** A node's host key as it is pinned, and as the machine has it. */
export interface HostKeyLook {
  cluster: ClusterRecord;
  node: NodeRecord;
  /** `type base64`; missing when none was pinned yet. */
  pinned?: string;
  /** `type base64`, from the guest agent of the machine that is proven ours. */
  shown: string;
}

/** As `ssh-keygen -l` writes it: `SHA256:…`. */
export function fingerprint(hostKey: string): string {
  const blob = Buffer.from(hostKey.split(' ')[1], 'base64');
  const hash = createHash('sha256').update(blob).digest('base64');
  return `SHA256:${hash.replace(/=+$/, '')}`;
}

/**
 * Reads the host key of a node through the hypervisor. Changes nothing. The message of what it throws says what is in the
 * way: the machine is not proven ours, the agent does not answer, or another node has the same key.
 *
 * @param environmentPool - the Proxmox pool of the cluster's environment
 */
export async function lookAtHostKey(
  deps: { clusters: ClusterStore; proxmox: ProxmoxClient },
  target: { cluster: ClusterRecord; nodeName: string; environmentPool: string },
  signal: AbortSignal,
): Promise<HostKeyLook> {
  const { cluster, nodeName, environmentPool } = target;
  const nodes = (await deps.clusters.nodes(cluster.id)).filter(
    ({ removedAt }) => removedAt === undefined,
  );
  const node = nodes.find(({ name }) => name === nodeName);
  if (!node)
    throw new Error(
      `${cluster.name} has no node '${nodeName}'; it has ${nodes
        .map(({ name }) => name)
        .join(', ')}`,
    );
  const [finding] = await survey(deps.proxmox, [node], environmentPool, signal);
  if (finding.state !== 'ours')
    throw new Error(
      `The machine ${node.vmid} is not proven to be ${nodeName} (${
        finding.state === 'foreign' ? finding.reason : finding.state
      }). Its key is not accepted`,
    );
  const shown = await guestHostKey(
    deps.proxmox,
    { host: finding.vm.node, vmid: node.vmid },
    { signal },
  );
  if (!shown)
    throw new Error(
      `${nodeName} has no ed25519 host key: look at /etc/ssh on its console`,
    );
  const other = nodes.find(
    ({ name, sshHostKey }) => name !== nodeName && sshHostKey === shown,
  );
  if (other)
    throw new Error(
      `${nodeName} has the host key of ${other.name}: each could pose as the other. Make a new one on ${nodeName} (ssh-keygen -A)`,
    );
  return { cluster, node, pinned: node.sshHostKey, shown };
}

/**
 * Pins the key that was looked at, takes back the alarm and writes both into the audit trail, all or nothing.
 *
 * @param actor - who did it, for the audit trail
 */
export async function acceptHostKey(
  deps: { knex: Knex; clusters: ClusterStore },
  look: HostKeyLook,
  actor: string,
): Promise<void> {
  const { clusters, knex } = deps;
  const { cluster, node, pinned, shown } = look;
  await knex.transaction(async tx => {
    await clusters.lock(cluster.id, tx);
    const now = (await clusters.nodes(cluster.id, tx)).find(
      ({ id }) => id === node.id,
    );
    if (!now || now.removedAt !== undefined || now.sshHostKey !== pinned)
      throw new Error(
        `${node.name} was changed meanwhile. Look again before you accept`,
      );
    await clusters.updateNode(cluster.id, node.name, { sshHostKey: shown }, tx);
    await new AuditStore(tx).append({
      actor,
      action: 'node.accept-host-key',
      outcome: 'done',
      clusterId: cluster.id,
      environment: cluster.environment,
      detail: {
        node: node.name,
        pinned: pinned && fingerprint(pinned),
        accepted: fingerprint(shown),
      },
    });
  });
  // Other pages of the portal follow with the catalog's next full refresh.
  const alarm = new HostKeyAlarm({ clusters, knex, changes: { changed() {} } });
  const current = await clusters.get(cluster.id);
  if (current) await alarm.clear(current);
}
