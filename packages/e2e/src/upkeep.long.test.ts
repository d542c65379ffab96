/** Upkeep of a real cluster through the portal: repaired, its certificates renewed, backed up, and brought back to the backup. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { randomUUID } from 'node:crypto';
import { waitFor } from '@kubesmith/lab/src/system/wait.ts';
import { Kubectl } from './client/Kubectl.ts';
import type {
  Cluster,
  Operation,
  PortalClient,
} from './client/PortalClient.ts';
import { ENVIRONMENT, Setting, waitForPhase } from './tests/Setting.ts';
import { clusterSecrets } from './tests/trust/clusterSecrets.ts';
import { SshClient } from './tests/trust/SshClient.ts';

const setting = new Setting('e2e-upkeep');
const LIMIT_MS = 10 * 60_000;

let student: PortalClient;
let cluster: Cluster;
let kubectl: Kubectl;
let nodes: SshClient;

before(
  async () => {
    await setting.up();
    student = await setting.as('student-1');
    const ordered = await student.order({
      name: 'workshop',
      workers: 1,
      environment: ENVIRONMENT,
      size: 'small',
      requestId: randomUUID(),
    });
    cluster = await waitForPhase(
      student,
      ordered.cluster.id,
      'ready',
      LIMIT_MS,
    );
    const { kubeconfig } = await student.issueGrant(cluster.id);
    kubectl = await Kubectl.with(setting.instance, cluster.name, kubeconfig);
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

type Request = Parameters<PortalClient['begin']>[1];

/** Begins an operation and waits until it is over. */
async function carryOut(request: Request): Promise<Operation> {
  const plan = await student.plan(cluster.id, request);
  assert.deepEqual(plan.problems, []);
  const { operation } = await student.begin(cluster.id, request);
  let seen = operation;
  await waitFor(
    async () => {
      seen = await student.operation(operation.id);
      return !['queued', 'running', 'waiting'].includes(seen.status);
    },
    { timeoutMs: LIMIT_MS, intervalMs: 1000 },
  );
  assert.equal(seen.status, 'succeeded', JSON.stringify(seen.failure));
  assert.equal((await student.cluster(cluster.id)).phase, 'ready');
  return seen;
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
    await carryOut({ kind: 'repair' });
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
    const { id } = await carryOut({ kind: 'renew' });
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
    await carryOut({ kind: 'backup' });
    const { items } = JSON.parse(
      await student.read(`/api/kubesmith/v1/clusters/${cluster.id}/backups`),
    );
    assert.equal(items.length, 1);
    assert.ok(items[0].objects > 100);
    await kubectl.run(['delete', 'namespace', 'precious']);
    await kubectl.run(['create', 'namespace', 'late']);
    const { grant } = await student.issueGrant(cluster.id);

    await carryOut({ kind: 'restore', backup: items[0].id });
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
});
