import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unless } from '@kubesmith/lab/src/system/errors.ts';
import { waitFor } from '@kubesmith/lab/src/system/wait.ts';
import type { Cluster } from '../client/PortalClient.ts';
import type { Setting } from '../tests/Setting.ts';
import { tracesOf } from '../tests/traces.ts';

/** How long the kernel and the portal may take to clear up after the last step. */
const GRACE_MS = 20_000;

/** What a deleted cluster left; each line says what, all empty when nothing. */
export interface Leaks {
  /** Machines in the API, containers, their mounts and network links. */
  machines: string[];
  addresses: string[];
  /** Nodes that the records still count as there. */
  records: string[];
  /** Terraform's state and keys in the database. */
  state: string[];
  workspaces: string[];
  /** Tools and supervisors. */
  processes: string[];
}

/** Looks for what a deleted cluster left, after a moment in which the kernel may clear up. */
export async function leaksOf(
  setting: Setting,
  cluster: Cluster,
): Promise<Leaks> {
  let leaks = await look(setting, cluster);
  await waitFor(
    async () => {
      leaks = await look(setting, cluster);
      return Object.values(leaks).flat().length === 0;
    },
    { timeoutMs: GRACE_MS, intervalMs: 500 },
  );
  return leaks;
}

async function look(setting: Setting, cluster: Cluster): Promise<Leaks> {
  const vmids = cluster.nodes.map(({ vmid }) => vmid);
  const traces = await tracesOf(setting.instance, vmids, cluster.id);
  const state = JSON.parse(
    await readFile(setting.instance.file('proxmox-state.json'), 'utf8'),
  ) as { vms: { vmid: number }[] };
  const rows = (sql: string) =>
    setting.database('kubesmith', database =>
      database
        .prepare(sql)
        .all(cluster.id)
        .map(row => Object.values(row).join(' ')),
    );
  const { KUBESMITH_DATA_DIRECTORY: data } = await setting.portal.environment();
  const workspaces = await unless(
    ['ENOENT'],
    readdir(join(data!, 'clusters', cluster.id)),
  );
  return {
    machines: [
      ...state.vms
        .filter(({ vmid }) => vmids.includes(vmid))
        .map(({ vmid }) => `machine ${vmid}`),
      ...traces.machines,
      ...traces.mounts,
      ...traces.links,
    ],
    addresses: await rows(
      'SELECT pool_id, address, state FROM ip_addresses WHERE cluster_id = ?',
    ),
    records: await rows(
      'SELECT name, state FROM nodes WHERE cluster_id = ? AND live_vmid IS NOT NULL',
    ),
    state: [
      ...(await rows('SELECT name FROM secrets WHERE owner_id = ?')),
      ...(await rows('SELECT * FROM workspaces WHERE cluster_id = ?')),
    ],
    workspaces: workspaces ?? [],
    processes: traces.processes,
  };
}
