/** A real cluster goes back to a snapshot of all its machines: what was made since is gone, who lost their kubeconfig stays out. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { waitFor } from '@kubesmith/lab/src/system/wait.ts';
import { Kubectl } from './client/Kubectl.ts';
import type { Cluster, PortalClient } from './client/PortalClient.ts';
import { carryOut, type OperationRequest } from './tests/operations.ts';
import { readyCluster } from './tests/readyCluster.ts';
import { Setting } from './tests/Setting.ts';

const setting = new Setting('e2e-snapshots');
const LIMIT_MS = 9 * 60_000;

let student: PortalClient;
let cluster: Cluster;
let kubectl: Kubectl;
let snapshot: string;

before(
  async () => {
    await setting.up();
    ({ student, cluster, kubectl } = await readyCluster(setting, {
      name: 'newt',
      workers: 1,
    }));
  },
  { timeout: 25 * 60_000 },
);
after(() => setting.end(), { timeout: 5 * 60_000 });

const perform = (request: OperationRequest) =>
  carryOut(student, cluster.id, request);
const names = async (kind: string, where: Kubectl = kubectl) =>
  (await where.run(['get', kind, '-n', 'default', '-o', 'name'])).stdout.split(
    '\n',
  );

describe('a real cluster and its snapshot', { timeout: LIMIT_MS }, () => {
  test('goes on while one is taken', async () => {
    await kubectl.run(['create', 'configmap', 'then', '--from-literal=a=1']);
    snapshot = (await perform({ kind: 'snapshot', label: 'Before' })).id;
    assert.deepEqual(await kubectl.readyNodes(), ['newt-cp-1', 'newt-w-1']);
    const { items } = await student.snapshots(cluster.id);
    assert.deepEqual(
      items.map(({ id, label, state }) => ({ id, label, state })),
      [{ id: snapshot, label: 'Before', state: 'kept' }],
    );
  });

  test('has what it had then, and nothing that was made since', async () => {
    await kubectl.run(['create', 'configmap', 'later', '--from-literal=a=1']);
    await kubectl.run(['delete', 'configmap', 'then']);
    await perform({ kind: 'rollback', snapshot });
    cluster = await student.cluster(cluster.id);
    assert.equal(cluster.phase, 'ready');
    assert.deepEqual(await kubectl.readyNodes(), ['newt-cp-1', 'newt-w-1']);
    const found = await names('configmap');
    assert.ok(found.includes('configmap/then'), found.join());
    assert.ok(!found.includes('configmap/later'), found.join());
    // It works: Pods run again.
    const { answer } = await kubectl.deployHello(2);
    assert.match(answer, /hello/i);
  });

  test('keeps those out who lost their kubeconfig since', async () => {
    const second = await student.issueGrant(cluster.id);
    const other = await Kubectl.with(
      setting.instance,
      'newt-other',
      second.kubeconfig,
    );
    assert.ok((await names('configmap', other)).length > 0);
    const { id } = await perform({ kind: 'snapshot', label: 'With both' });
    await student.revokeGrant(second.grant.id);
    await perform({ kind: 'rollback', snapshot: id });
    const refused = await waitFor(
      () =>
        names('configmap', other).then(
          () => undefined,
          (error: Error) => error.message,
        ),
      { timeoutMs: 60_000, intervalMs: 1000 },
    );
    assert.match(String(refused), /Unauthorized|logged in|forbidden/i);
    assert.ok((await names('configmap')).includes('configmap/then'));
  });
});
