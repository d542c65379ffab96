/** A real cluster gets a worker on which Pods run, and loses one that was chosen: emptied, gone from the cluster and from Proxmox. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { waitFor } from '@kubesmith/lab/src/system/wait.ts';
import type { Kubectl } from './client/Kubectl.ts';
import {
  type Cluster,
  type Operation,
  type PortalClient,
  type RequestRefused,
} from './client/PortalClient.ts';
import { labControl } from './tests/labControl.ts';
import { carryOut, type OperationRequest } from './tests/operations.ts';
import { readyCluster } from './tests/readyCluster.ts';
import { Setting } from './tests/Setting.ts';

const setting = new Setting('e2e-scale');
const LIMIT_MS = 9 * 60_000;

let student: PortalClient;
let cluster: Cluster;
let kubectl: Kubectl;

before(
  async () => {
    await setting.up();
    ({ student, cluster, kubectl } = await readyCluster(setting, {
      name: 'amoeba',
      workers: 1,
    }));
  },
  { timeout: 25 * 60_000 },
);
after(() => setting.end(), { timeout: 5 * 60_000 });

const scale = (workers: number, remove?: string[]) =>
  change({ kind: 'scale', workers, ...(remove && { remove }) });

/** Carries an operation out, and takes note of the nodes that the cluster has then. */
async function change(request: OperationRequest): Promise<Operation> {
  const done = await carryOut(student, cluster.id, request);
  cluster = await student.cluster(cluster.id);
  assert.equal(cluster.phase, 'ready');
  return done;
}
/** Names of the machines that Proxmox has, but for the template. */
async function machines(): Promise<string[]> {
  const { vms } = await labControl<{
    vms: { vmid: number; config: { name: string } }[];
  }>(setting.instance, 'GET', 'state');
  return vms
    .map(({ config }) => config.name)
    .filter(name => name.startsWith('amoeba-'))
    .sort();
}
/** Addresses that the cluster holds: one for each node and one for its API. */
const held = () =>
  setting.database(
    'kubesmith',
    database =>
      database
        .prepare(
          "SELECT count(*) AS n FROM ip_addresses WHERE cluster_id = ? AND state IN ('held', 'bound')",
        )
        .get(cluster.id)!.n,
  );
/** Where the Pods of the small web application run. */
async function hosts(): Promise<string[]> {
  const { stdout } = await kubectl.run([
    'get',
    'pods',
    '-l',
    'app=hello',
    '--field-selector=status.phase=Running',
    '-o',
    'json',
  ]);
  const { items } = JSON.parse(stdout) as {
    items: {
      metadata: { deletionTimestamp?: string };
      spec: { nodeName: string };
    }[];
  };
  return items
    .filter(({ metadata }) => !metadata.deletionTimestamp)
    .map(({ spec }) => spec.nodeName)
    .sort();
}
const refusal = (request: Promise<unknown>) =>
  request.then(
    () => 'no error',
    (error: RequestRefused) => error.body.error.code as string,
  );

describe('a real cluster that is scaled', { timeout: LIMIT_MS }, () => {
  test('gets a worker on which Pods run', async () => {
    const plan = await student.plan(cluster.id, { kind: 'scale', workers: 2 });
    assert.deepEqual(plan.problems, []);
    assert.equal(plan.effects[0]!.node, 'amoeba-w-2');

    const { steps } = await scale(2);
    assert.deepEqual(
      steps.map(({ status }) => status),
      [
        'succeeded',
        'succeeded',
        'succeeded',
        'succeeded',
        'skipped',
        'skipped',
      ],
    );
    assert.equal(cluster.spec.workers, 2);
    assert.deepEqual(await kubectl.readyNodes(), [
      'amoeba-cp-1',
      'amoeba-w-1',
      'amoeba-w-2',
    ]);
    assert.equal(await held(), 4);

    const { answer } = await kubectl.deployHello(4);
    assert.match(answer, /hello/i);
    assert.ok((await hosts()).includes('amoeba-w-2'));
  });

  test('loses the worker that was chosen, whose Pods move', async () => {
    assert.equal(
      await refusal(student.begin(cluster.id, { kind: 'scale', workers: 0 })),
      'KUBESMITH-SCALE-WORKERS-INVALID',
    );
    const { steps } = await scale(1, ['amoeba-w-1']);
    assert.deepEqual(
      steps.map(({ status }) => status),
      ['succeeded', 'skipped', 'skipped', 'skipped', 'succeeded', 'succeeded'],
    );
    assert.deepEqual(await kubectl.readyNodes(), ['amoeba-cp-1', 'amoeba-w-2']);
    const { stdout } = await kubectl.run(['get', 'nodes', '-o', 'name']);
    assert.ok(!stdout.includes('amoeba-w-1'), stdout);
    assert.deepEqual(await machines(), ['amoeba-cp-1', 'amoeba-w-2']);
    assert.equal(await held(), 3);
    assert.deepEqual(
      cluster.nodes.map(({ name }) => name),
      ['amoeba-cp-1', 'amoeba-w-2'],
    );
    const moved = await waitFor(
      async () => {
        const where = await hosts();
        return where.length === 4 && where.every(name => name === 'amoeba-w-2');
      },
      { timeoutMs: 60_000, intervalMs: 500 },
    );
    assert.ok(moved, JSON.stringify(await hosts()));
  });

  test('gets larger machines, one after the other', async () => {
    const request = {
      kind: 'resize' as const,
      size: 'medium',
      nodes: ['amoeba-cp-1', 'amoeba-w-2'],
    };
    const plan = await student.plan(cluster.id, request);
    assert.deepEqual(plan.problems, []);
    assert.deepEqual(
      plan.effects.flatMap(({ node }) => node ?? []),
      ['amoeba-w-2', 'amoeba-cp-1'],
    );
    const before = cluster.nodes;
    await change(request);
    for (const [index, node] of cluster.nodes.entries()) {
      assert.ok(node.memoryMiB > before[index]!.memoryMiB, node.name);
      assert.equal(node.state, 'ready');
    }
    const { vms } = await labControl<{
      vms: { vmid: number; config: { cores: number; memory: number } }[];
    }>(setting.instance, 'GET', 'state');
    for (const { memoryMiB, vcpu, vmid } of cluster.nodes) {
      const { config } = vms.find(vm => vm.vmid === vmid)!;
      assert.equal(Number(config.cores), vcpu);
      assert.equal(Number(config.memory), memoryMiB);
    }
    assert.deepEqual(await kubectl.readyNodes(), ['amoeba-cp-1', 'amoeba-w-2']);
    const runsAgain = await waitFor(async () => (await hosts()).length === 4, {
      timeoutMs: 120_000,
      intervalMs: 500,
    });
    assert.ok(runsAgain, JSON.stringify(await hosts()));
  });

  test('never gives a number twice', async () => {
    const plan = await student.plan(cluster.id, { kind: 'scale', workers: 2 });
    assert.equal(plan.effects[0]!.node, 'amoeba-w-3');
  });
});
