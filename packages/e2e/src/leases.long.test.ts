/** The end of a real cluster: warned, extended, held, expired, deleted by the platform, archived. Its time is set in the database. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { waitFor } from '@kubesmith/lab/src/system/wait.ts';
import {
  type Cluster,
  type PortalClient,
  RequestRefused,
} from './client/PortalClient.ts';
import { readyCluster } from './tests/readyCluster.ts';
import { Setting, waitForPhase } from './tests/Setting.ts';
import { tracesOf } from './tests/traces.ts';

const setting = new Setting('e2e-leases');
const LIMIT_MS = 10 * 60_000;
/** Ends are looked for every minute. */
const NOTICED = { timeoutMs: 150_000, intervalMs: 1_000 };
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let student: PortalClient;
let cluster: Cluster;

before(
  async () => {
    await setting.up();
    ({ student, cluster } = await readyCluster(setting, {
      name: 'mayfly',
      workers: 0,
    }));
  },
  { timeout: 25 * 60_000 },
);
after(() => setting.end(), { timeout: 5 * 60_000 });

const lease = () => student.lease(cluster.id);
const change = (sql: string, ...values: (string | number)[]) =>
  setting.database('kubesmith', database =>
    database.prepare(sql).run(...values),
  );
/** As if it had been ordered long ago, to end then. */
const endAt = async (moment: number) => {
  await change(
    'UPDATE clusters SET expires_at = ?, created_at = 1 WHERE id = ?',
    moment,
    cluster.id,
  );
  // A warning that was over when it was extended or released would not be sent.
  await change('UPDATE lease_changes SET changed_at = 1');
  await change('UPDATE lease_holds SET released_at = 1');
};
/** Waits for something that the next look for ends does. */
const noticed = async (what: string, question: () => Promise<boolean>) =>
  assert.ok(await waitFor(question, NOTICED), `Waited in vain for ${what}`);
const told = (title: string) =>
  noticed(title, async () => (await student.notifications()).includes(title));
const refusal = (request: Promise<unknown>) =>
  request.then(
    () => 'no error',
    (error: RequestRefused) => error.body.error.code as string,
  );

describe('the time of a real cluster', { timeout: LIMIT_MS }, () => {
  test('is extended by its owner, up to the environment’s longest', async () => {
    const until = new Date(Date.now() + 200 * DAY_MS).toISOString();
    assert.equal(
      (await student.extend(cluster.id, { until })).expiresAt,
      until,
    );
    assert.equal((await student.cluster(cluster.id)).expiresAt, until);
    assert.equal(
      await refusal(student.extend(cluster.id, { days: 9_999 })),
      'KUBESMITH-LEASE-TOO-LONG',
    );
    const other = await setting.as('student-2');
    assert.equal(
      await refusal(other.extend(cluster.id, { days: 300 })),
      'KUBESMITH-NOT-FOUND',
    );
    // The catalog hears of it.
    await noticed('the catalog', async () => {
      const [entity] = await student.entities(
        `metadata.annotations.kubesmith.io/cluster-id=${cluster.id}`,
      );
      return (
        Date.parse(
          entity?.metadata.annotations?.['kubesmith.io/expires-at'] ?? '',
        ) === Date.parse(until)
      );
    });
  });

  test('is held by those who run the environment, not by the owner', async () => {
    assert.equal(
      await refusal(student.holdLease(cluster.id, 'mine')),
      'KUBESMITH-NOT-ALLOWED',
    );
    const instructor = await setting.as('instructor');
    await instructor.holdLease(cluster.id, 'Kept for the thesis');
    assert.equal((await lease()).state, 'held');
    await instructor.releaseLease(cluster.id);
    assert.equal((await lease()).state, 'running');
  });

  test('is told to the owner when it is nearly over, and when it is', async () => {
    await endAt(Date.now() + 2.5 * HOUR_MS);
    await noticed('the warning', async () => {
      const titles = await student.notifications();
      return titles.some(title =>
        /^The cluster mayfly expires in [23] hours$/.test(title),
      );
    });
    await endAt(Date.now() - 1000);
    await told('The cluster mayfly has expired');
    const { deletesAt, state } = await lease();
    assert.equal(state, 'over');
    const grace = Date.parse(deletesAt!) - Date.now();
    assert.ok(Math.abs(grace - 7 * DAY_MS) < 5 * 60_000, `${grace} ms`);
    // Until then it sleeps, and only an extension wakes it.
    await waitForPhase(student, cluster.id, 'hibernated', LIMIT_MS);
  });

  test('is saved by an extension after its end', async () => {
    const { deletesAt, state } = await student.extend(cluster.id, { days: 10 });
    assert.equal(state, 'running');
    assert.equal(deletesAt, undefined);
    await waitForPhase(student, cluster.id, 'ready', LIMIT_MS);
  });

  test('ends: the platform deletes the cluster, and leaves nothing but an archive', async () => {
    await endAt(Date.now() - 1000);
    await noticed(
      'the end',
      async () => (await lease()).deletesAt !== undefined,
    );
    await change(
      'UPDATE lease_ends SET delete_at = ? WHERE cluster_id = ?',
      Date.now(),
      cluster.id,
    );
    await waitForPhase(student, cluster.id, 'deleted', LIMIT_MS);

    const [operation] = await student.operations(cluster.id);
    assert.equal(operation!.kind, 'delete');
    assert.equal(operation!.initiator, 'plugin:kubesmith');
    const vmids = cluster.nodes.map(({ vmid }) => vmid);
    await noticed(
      'the machines to go',
      async () =>
        Object.values(
          await tracesOf(setting.instance, vmids, cluster.id),
        ).flat().length === 0,
    );
    assert.ok(
      (await student.notifications()).includes(
        'The cluster mayfly is being deleted',
      ),
    );
    const archive = await student.archive(cluster.id);
    assert.equal(archive!.deletion.initiator, 'plugin:kubesmith');
    assert.deepEqual(
      archive!.nodes.map(({ name, ipAddress }) => [name, ipAddress]),
      cluster.nodes.map(({ name, ipAddress }) => [name, ipAddress]),
    );
    assert.equal(archive!.extensions.length, 2);
    assert.equal(
      await refusal(student.extend(cluster.id, { days: 10 })),
      'KUBESMITH-CLUSTER-ENDING',
    );
    const admin = await setting.as('administrator');
    const audit = JSON.parse(
      await admin.read('/api/kubesmith/v1/audit?action=cluster.expire'),
    );
    assert.equal(audit.items.length, 1);
    assert.equal(audit.items[0].actor, 'plugin:kubesmith');
    assert.equal(audit.items[0].clusterId, cluster.id);
  });
});
