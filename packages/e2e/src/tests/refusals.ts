import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { status } from '@kubesmith/lab/src/instance/status.ts';
import {
  RequestRefused,
  type FieldProblem,
  type PortalClient,
} from '../client/PortalClient.ts';
import { watchTask } from '../client/TaskWatcher.ts';
import { ENVIRONMENT, waitForPhase, type Setting } from './Setting.ts';

const order = {
  name: 'refused',
  environment: ENVIRONMENT,
  size: 'small',
  workers: 1,
};

interface Case {
  what: string;
  values: Record<string, unknown>;
  field: string;
  code: string;
  /** Refused by the form's schema already; else by the first step of the template. */
  byForm: boolean;
}

const cases: Case[] = [
  ...[
    'Demo',
    '1st',
    'a_b',
    'demo-',
    '-demo',
    'a'.repeat(41),
    'a;reboot',
    'ä',
    '',
  ].map(name => ({
    what: `the name '${name}'`,
    values: { name },
    field: 'name',
    code: name === '' ? 'KUBESMITH-FIELD-MISSING' : 'KUBESMITH-NAME-INVALID',
    byForm: true,
  })),
  {
    what: 'an unknown environment',
    values: { environment: 'mars' },
    field: 'environment',
    code: 'KUBESMITH-ENVIRONMENT-UNKNOWN',
    byForm: false,
  },
  {
    what: 'an environment for others',
    values: { environment: 'research' },
    field: 'environment',
    code: 'KUBESMITH-ENVIRONMENT-UNKNOWN',
    byForm: false,
  },
  {
    what: 'an unknown size',
    values: { size: 'huge' },
    field: 'size',
    code: 'KUBESMITH-SIZE-UNKNOWN',
    byForm: false,
  },
  {
    what: 'a size of another environment',
    values: { size: 'large' },
    field: 'size',
    code: 'KUBESMITH-SIZE-UNKNOWN',
    byForm: false,
  },
  {
    what: 'an unknown version',
    values: { kubernetesVersion: '1.2.3' },
    field: 'kubernetesVersion',
    code: 'KUBESMITH-VERSION-UNKNOWN',
    byForm: false,
  },
  {
    what: 'too many workers',
    values: { workers: 20 },
    field: 'workers',
    code: 'KUBESMITH-WORKERS-INVALID',
    byForm: true,
  },
  {
    what: 'half a worker',
    values: { workers: 1.5 },
    field: 'workers',
    code: 'KUBESMITH-WORKERS-INVALID',
    byForm: true,
  },
  {
    what: 'another student as owner',
    values: { owner: 'user:default/student-2' },
    field: 'owner',
    code: 'KUBESMITH-OWNER-NOT-YOURS',
    byForm: false,
  },
  {
    what: 'a group of others as owner',
    values: { owner: 'group:default/instructors' },
    field: 'owner',
    code: 'KUBESMITH-OWNER-NOT-YOURS',
    byForm: false,
  },
];

/** Orders that are wrong are refused before anything exists, with field and remedy, in API and template alike. */
export function refusalTests(setting: Setting): void {
  describe('a wrong order is refused before anything exists', () => {
    let student: PortalClient;
    let sequence = 0;
    const requestId = () => `refusal-${process.pid}-${++sequence}`;

    before(async () => {
      student = await setting.as('student-1');
    });

    async function problemsOf(values: object): Promise<FieldProblem[]> {
      try {
        await student.order({ ...order, ...values, requestId: requestId() });
      } catch (error) {
        if (error instanceof RequestRefused && error.status < 500)
          return error.problems;
        throw error;
      }
      throw new Error(`The order was accepted: ${JSON.stringify(values)}`);
    }

    for (const { what, values, field, code, byForm } of cases) {
      test(`${what}, by the API`, async () => {
        const problem = (await problemsOf(values)).find(
          one => one.field === field,
        );
        assert.equal(problem?.code, code);
        assert.ok(problem.message.length > 0 && problem.remedy.length > 0);
      });

      test(`${what}, by the template`, { timeout: 60_000 }, async () => {
        if (byForm) {
          await assert.rejects(
            student.start('new-k8s-cluster', { ...order, ...values }),
            error =>
              error instanceof RequestRefused &&
              error.status === 400 &&
              JSON.stringify(error.body).includes(field),
          );
          return;
        }
        const taskId = await student.start('new-k8s-cluster', {
          ...order,
          ...values,
        });
        const { status: outcome, lines } = await watchTask(student, taskId, {
          timeoutMs: 60_000,
        });
        assert.equal(outcome, 'failed');
        assert.match(
          lines.at(-1)!.message,
          new RegExp(`${field}: .+\\(${code}\\)`),
        );
      });
    }

    test('an exhausted pool', async () => {
      // All addresses but two are taken by something else of the department.
      await setting.database('kubesmith', database => {
        const pool = database.prepare('SELECT * FROM ip_pools').get()!;
        const insert = database.prepare(
          "INSERT OR IGNORE INTO ip_addresses (pool_id, address, state) VALUES (?, ?, 'reserved')",
        );
        for (
          let address = Number(pool.first);
          address <= Number(pool.last) - 2;
          address++
        )
          insert.run(pool.id!, address);
      });
      try {
        const problem = (await problemsOf({ name: 'no-room' }))[0];
        assert.equal(problem?.code, 'KUBESMITH-POOL-EXHAUSTED');
        assert.match(problem.message, /2 free addresses; the order needs 3/);
      } finally {
        await setting.database('kubesmith', database =>
          database.exec("DELETE FROM ip_addresses WHERE state = 'reserved'"),
        );
      }
    });

    test('nothing exists after all that', async () => {
      assert.deepEqual(await student.clusters({ includeDeleted: true }), []);
      assert.deepEqual((await status(setting.instance)).hosts, []);
      const taken = await setting.database(
        'kubesmith',
        database =>
          database.prepare('SELECT count(*) AS n FROM ip_addresses').get()!.n,
      );
      assert.equal(taken, 0);
    });

    describe('a taken name', () => {
      let clusterId: string | undefined;
      after(async () => {
        if (!clusterId) return;
        await student.deleteCluster(clusterId, requestId());
        await waitForPhase(student, clusterId, 'deleted', 180_000);
      });

      test(
        'is refused, and free again after the deletion of a cluster that is being built',
        { timeout: 240_000 },
        async () => {
          const { cluster } = await student.order({
            ...order,
            name: 'taken',
            workers: 0,
            requestId: requestId(),
          });
          clusterId = cluster.id;
          const problem = (await problemsOf({ name: 'taken' }))[0];
          assert.equal(problem?.code, 'KUBESMITH-NAME-TAKEN');
          assert.equal(problem.field, 'name');
          await student.deleteCluster(cluster.id, requestId());
          await waitForPhase(student, cluster.id, 'deleted', 180_000);
          clusterId = undefined;
          assert.deepEqual(
            await student.checkOrder({ ...order, name: 'taken' }),
            [],
          );
          assert.deepEqual((await status(setting.instance)).hosts, []);
        },
      );
    });
  });
}
