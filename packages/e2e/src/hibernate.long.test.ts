/** A real cluster sleeps and wakes: its machines are off meanwhile, its nodes come back, and so does what ran on it. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { waitFor } from '@kubesmith/lab/src/system/wait.ts';
import type { Kubectl } from './client/Kubectl.ts';
import {
  type Cluster,
  type PortalClient,
  type RequestRefused,
} from './client/PortalClient.ts';
import { labControl } from './tests/labControl.ts';
import { readyCluster } from './tests/readyCluster.ts';
import { Setting, waitForPhase } from './tests/Setting.ts';

const setting = new Setting('e2e-hibernate');
const LIMIT_MS = 10 * 60_000;

let student: PortalClient;
let cluster: Cluster;
let kubectl: Kubectl;

before(
  async () => {
    await setting.up();
    ({ student, cluster, kubectl } = await readyCluster(setting, {
      name: 'dormouse',
      workers: 1,
    }));
    await kubectl.deployHello(2);
  },
  { timeout: 25 * 60_000 },
);
after(() => setting.end(), { timeout: 5 * 60_000 });

/** The cluster's machines by name, and whether they run. */
async function machines(): Promise<Record<string, boolean>> {
  const { vms } = await labControl<{
    vms: { vmid: number; config: { name: string }; startedAt?: number }[];
  }>(setting.instance, 'GET', 'state');
  const ours = cluster.nodes.map(({ vmid }) => vmid);
  return Object.fromEntries(
    vms
      .filter(({ vmid }) => ours.includes(vmid))
      .map(({ config, startedAt }) => [config.name, startedAt !== undefined]),
  );
}

const refusal = (request: Promise<unknown>) =>
  request.then(
    () => 'no error',
    (error: RequestRefused) => error.body.error.code as string,
  );

describe('a real cluster that sleeps', { timeout: LIMIT_MS }, () => {
  test('says beforehand what will happen', async () => {
    const plan = await student.plan(cluster.id, { kind: 'hibernate' });
    assert.deepEqual(plan.problems, []);
    assert.deepEqual(
      plan.effects.flatMap(({ node }) => node ?? []),
      ['dormouse-w-1', 'dormouse-cp-1'],
    );
  });

  test('is switched off, and everything that it has is kept', async () => {
    await student.begin(cluster.id, { kind: 'hibernate' });
    const asleep = await waitForPhase(
      student,
      cluster.id,
      'hibernated',
      LIMIT_MS,
    );
    assert.deepEqual(
      asleep.nodes.map(({ state }) => state),
      ['stopped', 'stopped'],
    );
    assert.deepEqual(await machines(), {
      'dormouse-cp-1': false,
      'dormouse-w-1': false,
    });
    const [operation] = await student.operations(cluster.id);
    const events = await student.operationEvents(operation!.id);
    assert.deepEqual(
      events.flatMap(
        ({ message }) => /^(.*) was shut down$/.exec(message)?.[1] ?? [],
      ),
      ['dormouse-w-1', 'dormouse-cp-1'],
    );
  });

  test('gives no kubeconfig meanwhile, and does not go to sleep twice', async () => {
    assert.equal(
      await refusal(student.issueGrant(cluster.id)),
      'KUBESMITH-CLUSTER-ASLEEP',
    );
    assert.equal(
      await refusal(student.begin(cluster.id, { kind: 'hibernate' })),
      'KUBESMITH-PHASE-WRONG',
    );
  });

  test('wakes: nodes are ready, and what ran on it runs again', async () => {
    await student.begin(cluster.id, { kind: 'wake' });
    const awake = await waitForPhase(student, cluster.id, 'ready', LIMIT_MS);
    assert.deepEqual(
      awake.nodes.map(({ state }) => state),
      ['ready', 'ready'],
    );
    assert.deepEqual(await kubectl.readyNodes(), [
      'dormouse-cp-1',
      'dormouse-w-1',
    ]);
    // The kubeconfig from before, and the Pods of the Deployment.
    const { answer } = await kubectl.deployHello(2);
    assert.ok(answer.length > 0);
    const [operation] = await student.operations(cluster.id);
    const warnings = (await student.operationEvents(operation!.id)).filter(
      ({ level }) => level !== 'info',
    );
    assert.deepEqual(warnings, []);
    assert.ok(
      await waitFor(
        async () =>
          (
            await student.notifications()
          ).includes('The cluster dormouse is awake'),
        { timeoutMs: 30_000, intervalMs: 1_000 },
      ),
    );
  });

  test('is deleted in its sleep', async () => {
    await student.begin(cluster.id, { kind: 'hibernate' });
    await waitForPhase(student, cluster.id, 'hibernated', LIMIT_MS);
    await student.deleteCluster(cluster.id, randomUUID());
    await waitForPhase(student, cluster.id, 'deleted', LIMIT_MS);
    assert.deepEqual(await machines(), {});
  });
});
