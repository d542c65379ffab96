/** Upkeep of a real cluster through the portal: repaired, its certificates renewed, backed up, and brought back to the backup. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { waitFor } from '@kubesmith/lab/src/system/wait.ts';
import type { Kubectl } from './client/Kubectl.ts';
import type {
  Cluster,
  Operation,
  PortalClient,
} from './client/PortalClient.ts';
import {
  carryOut,
  type OperationRequest,
  succeeded,
} from './tests/operations.ts';
import { readyCluster } from './tests/readyCluster.ts';
import { Setting } from './tests/Setting.ts';
import { clusterSecrets } from './tests/trust/clusterSecrets.ts';
import { SshClient } from './tests/trust/SshClient.ts';

const setting = new Setting('e2e-upkeep');
const DAY_MS = 86_400_000;

let student: PortalClient;
let cluster: Cluster;
let kubectl: Kubectl;
let nodes: SshClient;

before(
  async () => {
    await setting.up();
    ({ student, cluster, kubectl } = await readyCluster(setting, {
      name: 'workshop',
      workers: 1,
    }));
    const secrets = await clusterSecrets(setting, cluster.id);
    nodes = await SshClient.with(setting, secrets['ssh-key']!);
  },
  { timeout: 25 * 60_000 },
);
after(
  async () => {
    await nodes?.forget();
    await setting.end();
  },
  { timeout: 5 * 60_000 },
);

/** Carries an operation out, after which the cluster is ready again. */
async function upkeep(request: OperationRequest): Promise<Operation> {
  const done = await carryOut(student, cluster.id, request);
  assert.equal((await student.cluster(cluster.id)).phase, 'ready');
  return done;
}

const addressOf = (role: string) =>
  cluster.nodes.find(node => node.role === role)!.ipAddress;
const namespaces = async () =>
  (await kubectl.run(['get', 'namespaces', '-o', 'name'])).stdout;

describe('upkeep of a real cluster', { timeout: 20 * 60_000 }, () => {
  test('mends a node whose kubelet was broken', async () => {
    const worker = addressOf('worker');
    await nodes.say(
      worker,
      'echo nonsense | sudo tee /var/lib/kubelet/config.yaml && sudo systemctl restart kubelet || true',
    );
    await upkeep({ kind: 'repair' });
    assert.deepEqual(
      await kubectl.readyNodes(),
      cluster.nodes.map(({ name }) => name).sort(),
    );
    assert.equal(
      await nodes.say(
        worker,
        'sudo cat /var/lib/kubesmith/kubelet-config-before.yaml',
      ),
      'nonsense',
    );
  });

  test('renews certificates: they end later, and kubeconfigs stay good', async () => {
    const { id } = await upkeep({ kind: 'renew' });
    const events = await student.operationEvents(id);
    const ends = events.flatMap(
      ({ message }) => /certificates end: (\S+Z)/.exec(message)?.[1] ?? [],
    );
    assert.equal(ends.length, 2, JSON.stringify(ends));
    assert.ok(ends[1]! > ends[0]!, ends.join(' '));
    await namespaces();
  });

  test('brings back what was deleted after a backup, and nothing newer', async () => {
    await kubectl.run(['create', 'namespace', 'precious']);
    await upkeep({ kind: 'backup' });
    const { items } = JSON.parse(
      await student.read(`/api/kubesmith/v1/clusters/${cluster.id}/backups`),
    );
    assert.equal(items.length, 1);
    assert.ok(items[0].objects > 100);
    await kubectl.run(['delete', 'namespace', 'precious']);
    await kubectl.run(['create', 'namespace', 'late']);
    const { grant } = await student.issueGrant(cluster.id);

    await upkeep({ kind: 'restore', backup: items[0].id });
    // The kubeconfig is older than the backup.
    const there = await namespaces();
    assert.match(there, /namespace\/precious/);
    assert.doesNotMatch(there, /namespace\/late/);
    assert.deepEqual(
      await kubectl.readyNodes(),
      cluster.nodes.map(({ name }) => name).sort(),
    );
    await student.revokeGrant(grant.id);
    assert.equal(
      await nodes.say(
        addressOf('control-plane'),
        'sudo ls /var/lib/kubesmith/backups',
      ),
      '',
    );
  });

  test('is backed up by itself when its moment has come', async () => {
    const backups = async (): Promise<{ id: string; objects: number }[]> =>
      JSON.parse(
        await student.read(`/api/kubesmith/v1/clusters/${cluster.id}/backups`),
      ).items;
    const former = (await backups()).map(({ id }) => id);
    // As if it had been there, and had last been backed up, three days ago.
    await setting.database('kubesmith', database => {
      database
        .prepare('UPDATE clusters SET ready_at = ready_at - ? WHERE id = ?')
        .run(3 * DAY_MS, cluster.id);
      database
        .prepare(
          'UPDATE etcd_backups SET taken_at = taken_at - ? WHERE cluster_id = ?',
        )
        .run(3 * DAY_MS, cluster.id);
    });
    const made = await waitFor(
      async () => (await backups()).find(({ id }) => !former.includes(id)),
      { timeoutMs: 180_000, intervalMs: 1000 },
    );
    assert.ok(made, 'Nobody backed it up');
    assert.ok(made.objects > 100, String(made.objects));
    const [operation] = await student.operations(cluster.id);
    const done = await succeeded(student, operation!.id);
    assert.equal(done.kind, 'backup');
    assert.equal((await student.cluster(cluster.id)).phase, 'ready');
    await namespaces();
  });
});
