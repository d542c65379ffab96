import {
  mockServices,
  type TestDatabaseId,
} from '@backstage/backend-test-utils';
import { createTestDatabases } from '../__testUtils__/databases';
import { defineOperation, type StepAction } from './definitions';
import { createEngineLoop, type Engine } from './Engine';
import { StepError } from './failures';
import { noMetrics } from './metrics';
import { LeaseLostError } from './OperationStore';
import type { OperationRecord } from './records';
import { OperationNotRetryableError } from './requeueOperation';
import {
  engineDatabase,
  eventually,
  type EngineDatabase,
} from './__testUtils__/engineDatabase';

jest.setTimeout(60_000);

type Simulated = Partial<
  Record<
    'machines' | 'kubernetes' | 'verify' | 'activate' | 'destroy' | 'release',
    StepAction<{}>
  >
>;

const databases = createTestDatabases();

describe.each(databases.eachSupportedId())(
  'Engine on %s',
  (id: TestDatabaseId) => {
    let db: EngineDatabase;
    let engines: Engine[];
    let changes: string[];

    beforeEach(async () => {
      db = await engineDatabase(await databases.init(id));
      engines = [];
      changes = [];
    });

    afterEach(async () => {
      await Promise.all(engines.map(engine => engine.stop()));
    });

    const doneAtOnce: StepAction<{}> = async () => ({ done: true });

    /** An engine whose steps are simulated. */
    const engineWith = (
      simulated: Simulated,
      options: { leaseMs?: number; renewMs?: number } = {},
    ) => {
      const step = (name: keyof Simulated) => simulated[name] ?? doneAtOnce;
      const engine = createEngineLoop<{}>({
        definitions: {
          create: defineOperation({
            kind: 'create',
            cancellable: true,
            retry: 'limited',
            steps: {
              machines: { run: step('machines'), phase: 'provisioning' },
              kubernetes: { run: step('kubernetes'), phase: 'bootstrapping' },
              verify: { run: step('verify'), phase: 'verifying' },
              activate: { run: step('activate') },
            },
          }),
          delete: defineOperation({
            kind: 'delete',
            cancellable: false,
            retry: 'forever',
            steps: {
              destroy: { run: step('destroy'), phase: 'deleting' },
              release: { run: step('release') },
            },
          }),
        },
        services: {},
        operations: db.operations,
        clusters: db.clusters,
        logger: mockServices.logger.mock(),
        metrics: noMetrics,
        redact: text => text.replaceAll('hunter22', '***'),
        onClusterChanged: (clusterId, what) =>
          changes.push(`${clusterId} ${what}`),
        timing: {
          pollMs: 30,
          leaseMs: 30_000,
          renewMs: 200,
          stopMs: 5000,
          ...options,
        },
      });
      engines.push(engine);
      return engine;
    };

    const finished = (operationId: string) =>
      eventually(async () => {
        const operation = await db.operations.get(operationId);
        return operation?.finishedAt !== undefined && operation;
      }, 'the end of the operation');
    const statuses = (operation: OperationRecord) =>
      operation.steps.map(({ status }) => status);

    it('should do the steps in their order and keep what they found', async () => {
      const { clusterId, operationId } = await db.order();
      const order: string[] = [];
      const note =
        (name: string): StepAction<{}> =>
        async context => {
          order.push(`${name} ${context.cluster.phase}`);
          context.event({
            message: `in ${name}, password hunter22`,
            node: 'demo-cp-1',
          });
          return { name };
        };
      engineWith({
        machines: note('machines'),
        kubernetes: note('kubernetes'),
        verify: note('verify'),
        activate: note('activate'),
      }).start();
      const operation = await finished(operationId);
      expect(operation).toMatchObject({
        status: 'succeeded',
        failure: undefined,
      });
      expect(order).toEqual([
        'machines provisioning',
        'kubernetes bootstrapping',
        'verify verifying',
        'activate verifying',
      ]);
      expect(operation.steps[1]).toMatchObject({
        status: 'succeeded',
        attempt: 1,
        evidence: { name: 'machines' },
      });
      const events = await db.operations.events(operationId, {
        after: 0,
        limit: 10,
      });
      expect(events.map(({ message }) => message)).toEqual(
        ['machines', 'kubernetes', 'verify', 'activate'].map(
          name => `in ${name}, password ***`,
        ),
      );
      expect(changes).toContain(`${clusterId} record`);
    });

    it('should resume a step that was begun when the process ended, without a new attempt', async () => {
      const { operationId } = await db.order();
      const seen: string[] = [];
      let begun = () => {};
      const started = new Promise<void>(resolve => {
        begun = resolve;
      });
      const first = engineWith({
        kubernetes: async ({ signal, resumed }) => {
          seen.push(`first resumed=${resumed}`);
          begun();
          await new Promise((_, reject) =>
            signal.addEventListener('abort', () => reject(signal.reason)),
          );
        },
      });
      first.start();
      await started;
      await first.stop();
      const between = await db.operations.get(operationId);
      expect(between?.steps[2]).toMatchObject({
        name: 'kubernetes',
        status: 'running',
        attempt: 1,
      });
      expect(between?.leaseOwner).toBeUndefined();

      engineWith({
        machines: async () => {
          seen.push('machines again');
        },
        kubernetes: async ({ resumed, operation }) => {
          seen.push(
            `second resumed=${resumed} attempt=${operation.steps[2].attempt}`,
          );
        },
      }).start();
      expect((await finished(operationId)).status).toBe('succeeded');
      expect(seen).toEqual([
        'first resumed=false',
        'second resumed=true attempt=1',
      ]);
    });

    it('should take over from a process that died, and fence off its late writes', async () => {
      const { operationId } = await db.order();
      // A process that claims and is then frozen: it neither renews nor ends.
      const dead = await db.operations.claim({ owner: 'dead', leaseMs: 1500 });
      await db.operations.fenced(dead!, tx =>
        db.operations.startStep(tx, dead!, 'machines', { newAttempt: true }),
      );
      let resumed: boolean | undefined;
      engineWith({
        machines: async context => {
          resumed = context.resumed;
        },
      }).start();
      expect((await finished(operationId)).status).toBe('succeeded');
      expect(resumed).toBe(true);
      await expect(
        db.operations.appendEvent(dead!, { level: 'info', message: 'late' }),
      ).rejects.toThrow(LeaseLostError);
      await expect(
        db.operations.fenced(dead!, tx =>
          db.clusters.update('x', { phase: 'failed' }, tx),
        ),
      ).rejects.toThrow(LeaseLostError);
      const events = await db.operations.events(operationId, {
        after: 0,
        limit: 10,
      });
      expect(events).toEqual([]);
    });

    it('should stop a step whose lease somebody else took', async () => {
      const { operationId } = await db.order();
      let reason: unknown;
      engineWith({
        machines: async ({ signal }) => {
          await db
            .knex('operations')
            .where({ id: operationId })
            .update({
              lease_owner: 'other',
              lease_epoch: db.knex.raw('lease_epoch + 1'),
            });
          await new Promise<void>((_, reject) =>
            signal.addEventListener('abort', () => {
              reason = signal.reason.reason;
              reject(signal.reason);
            }),
          );
        },
      }).start();
      await eventually(async () => reason !== undefined, 'the abort');
      expect(reason).toBe('lease-lost');
      expect((await db.operations.get(operationId))?.leaseOwner).toBe('other');
    });

    it('should let only one of many racing processes claim an operation', async () => {
      await db.order();
      const claims = await Promise.all(
        Array.from({ length: 16 }, (_, index) =>
          db.operations.claim({ owner: `engine-${index}`, leaseMs: 30_000 }),
        ),
      );
      expect(claims.filter(Boolean)).toHaveLength(1);
    });

    it('should wait as long as the class of a failure says, and show why', async () => {
      const { clusterId, operationId } = await db.order();
      let calls = 0;
      engineWith({
        machines: async () => {
          calls++;
          if (calls === 1)
            throw new StepError('KUBESMITH-PVE-UNREACHABLE', {
              detail: 'ECONNREFUSED hunter22',
            });
        },
      }).start();
      const waiting = await eventually(async () => {
        const operation = await db.operations.get(operationId);
        return operation?.status === 'waiting' && operation;
      }, 'the pause');
      expect(waiting.nextAttemptAt! - waiting.startedAt!).toBeGreaterThan(4500);
      expect(waiting.steps[1]).toMatchObject({
        status: 'waiting',
        attempt: 1,
        failure: {
          code: 'KUBESMITH-PVE-UNREACHABLE',
          message: 'Proxmox did not answer: ECONNREFUSED ***',
        },
      });
      expect((await db.clusters.get(clusterId))?.phase).toBe('provisioning');
      await db
        .knex('operations')
        .where({ id: operationId })
        .update({ next_attempt_at: 0 });
      expect((await finished(operationId)).steps[1]).toMatchObject({
        status: 'succeeded',
        attempt: 2,
      });
    });

    it('should fail for good on a permanent failure, and go on where it failed after a retry', async () => {
      const { clusterId, operationId } = await db.order();
      let broken = true;
      const machines = jest.fn(async () => {});
      engineWith({
        machines,
        kubernetes: async () => {
          if (broken)
            throw new StepError('KUBESMITH-PVE-PERMISSION', {
              detail: 'VM.Clone',
            });
        },
      }).start();
      const failed = await finished(operationId);
      expect(failed).toMatchObject({
        status: 'failed',
        failure: { code: 'KUBESMITH-PVE-PERMISSION' },
      });
      expect(statuses(failed)).toEqual([
        'succeeded',
        'succeeded',
        'failed',
        'pending',
        'pending',
      ]);
      expect(await db.clusters.get(clusterId)).toMatchObject({
        phase: 'failed',
        failure: { code: 'KUBESMITH-PVE-PERMISSION' },
      });
      broken = false;
      await db.operations.retry(operationId);
      const again = await finished(operationId);
      expect(again.status).toBe('succeeded');
      expect(machines).toHaveBeenCalledTimes(1);
      expect((await db.clusters.get(clusterId))?.failure).toBeUndefined();
      await expect(db.operations.retry(operationId)).rejects.toThrow(
        OperationNotRetryableError,
      );
    });

    it('should say so when a person must look', async () => {
      const { clusterId, operationId } = await db.order();
      engineWith({
        machines: async () => {
          throw new StepError('KUBESMITH-VMID-FOREIGN', {
            vmid: 20000,
            node: 'demo-cp-1',
            detail: 'it is named x',
          });
        },
      }).start();
      await finished(operationId);
      expect((await db.clusters.get(clusterId))?.phase).toBe('needs-attention');
    });

    it('should show a short text for what nobody foresaw, twice tried', async () => {
      const { operationId } = await db.order();
      const machines = jest.fn(async () => {
        throw new TypeError(`x is undefined ${'y'.repeat(5000)}`);
      });
      engineWith({ machines }).start();
      await eventually(
        async () =>
          (await db.operations.get(operationId))?.status === 'waiting',
        'the pause',
      );
      await db
        .knex('operations')
        .where({ id: operationId })
        .update({ next_attempt_at: 0 });
      const failed = await finished(operationId);
      expect(machines).toHaveBeenCalledTimes(2);
      expect(failed.failure).toMatchObject({
        code: 'KUBESMITH-INTERNAL',
        class: 'unknown',
      });
      expect(failed.failure!.message.length).toBeLessThan(400);
    });

    it('should try at once what pauses, when asked, and only that', async () => {
      const { operationId } = await db.order();
      let broken = true;
      const machines = jest.fn(async () => {
        if (broken)
          throw new StepError('KUBESMITH-PVE-UNREACHABLE', { detail: 'x' });
      });
      engineWith({ machines }).start();
      await eventually(
        async () =>
          (await db.operations.get(operationId))?.status === 'waiting',
        'the pause',
      );
      // A pause that no test would live to see the end of.
      await db
        .knex('operations')
        .where({ id: operationId })
        .update({ next_attempt_at: 9e12 });
      broken = false;
      const asked = await Promise.allSettled(
        Array.from({ length: 8 }, () => db.operations.retry(operationId)),
      );
      expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(
        1,
      );
      expect(asked.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { name: 'OperationNotRetryableError' },
      });
      const operation = await finished(operationId);
      expect(operation.status).toBe('succeeded');
      expect(machines).toHaveBeenCalledTimes(2);
      expect(operation.steps[1].attempt).toBe(2);
    });

    it('should stop a running step when asked to cancel', async () => {
      const { clusterId, operationId } = await db.order();
      let reason: unknown;
      const engine = engineWith({
        machines: ({ signal }) =>
          new Promise((_, reject) =>
            signal.addEventListener('abort', () => {
              reason = signal.reason.reason;
              reject(signal.reason);
            }),
          ),
      });
      engine.start();
      await eventually(
        async () =>
          (await db.operations.get(operationId))?.steps[1].status === 'running',
        'the step',
      );
      await db.operations.requestCancel(operationId);
      const cancelled = await finished(operationId);
      expect(reason).toBe('cancelled');
      expect(cancelled).toMatchObject({
        status: 'cancelled',
        failure: { code: 'KUBESMITH-CANCELLED' },
      });
      expect(cancelled.steps[1]).toMatchObject({
        status: 'failed',
        failure: { code: 'KUBESMITH-CANCELLED' },
        finishedAt: expect.any(Number),
      });
      expect(statuses(cancelled).slice(2)).toEqual([
        'pending',
        'pending',
        'pending',
      ]);
      expect((await db.clusters.get(clusterId))?.phase).toBe('failed');
    });

    it('should cancel a creation that a deletion waits for, then delete, and never show another phase', async () => {
      const { clusterId, operationId } = await db.order();
      const phases: string[] = [];
      const engine = engineWith({
        machines: ({ signal }) =>
          new Promise((_, reject) =>
            signal.addEventListener('abort', () => reject(signal.reason)),
          ),
        destroy: async context => {
          phases.push(context.cluster.phase);
          expect((await db.operations.get(operationId))?.status).toBe(
            'cancelled',
          );
        },
      });
      engine.start();
      await eventually(
        async () =>
          (await db.operations.get(operationId))?.steps[1].status === 'running',
        'the step',
      );
      const deletion = await db.request(clusterId, 'delete');
      await db.clusters.update(clusterId, { phase: 'deleting' });
      await db.operations.requestCancel(operationId);
      await finished(operationId);
      expect((await db.clusters.get(clusterId))?.phase).toBe('deleting');
      expect((await finished(deletion)).status).toBe('succeeded');
      expect(phases).toEqual(['deleting']);
    });

    it('should give back what it claims while it is being stopped', async () => {
      const { operationId } = await db.order();
      const machines = jest.fn(async () => {});
      const engine = engineWith({ machines });
      const claim = db.operations.claim.bind(db.operations);
      const claiming = new Promise<void>(resolve => {
        jest.spyOn(db.operations, 'claim').mockImplementation(async options => {
          resolve();
          const lease = await claim(options);
          // The stop is asked for while the database answers.
          await new Promise(done => setTimeout(done, 200));
          return lease;
        });
      });
      engine.start();
      await claiming;
      await engine.stop();
      expect(machines).not.toHaveBeenCalled();
      expect((await db.operations.get(operationId))?.leaseOwner).toBe(
        undefined,
      );
    });

    it('should close an operation whose last step is done, though its driver waits for nothing more', async () => {
      const { operationId } = await db.order({ taskId: 'task-1' });
      // A process that died right before the end.
      await db
        .knex('operation_steps')
        .where({ operation_id: operationId })
        .update({ status: 'succeeded' });
      engineWith({}).start();
      expect((await finished(operationId)).status).toBe('succeeded');
    });

    it('should follow up no write of which it heard after its lease had run out', async () => {
      const { operationId } = await db.order();
      const lease = await db.operations.claim({ owner: 'slow', leaseMs: 400 });
      const write = db.operations.fenced(lease!, async tx => {
        await db.operations.startStep(tx, lease!, 'machines', {
          newAttempt: true,
        });
        await new Promise(resolve => setTimeout(resolve, 600));
      });
      await expect(write).rejects.toThrow(LeaseLostError);
      // What was committed under the lease counts; only the writer must stop.
      expect((await db.operations.get(operationId))?.steps[1].status).toBe(
        'running',
      );
    });

    it('should never cancel a deletion', async () => {
      const { clusterId, operationId } = await db.order();
      await db.operations.requestCancel(operationId);
      const deletion = await db.request(clusterId, 'delete');
      engineWith({
        destroy: async ({ signal }) => {
          await db.operations.requestCancel(deletion);
          await new Promise(resolve => setTimeout(resolve, 200));
          expect(signal.aborted).toBe(false);
        },
      }).start();
      expect((await finished(operationId)).status).toBe('cancelled');
      expect((await finished(deletion)).status).toBe('succeeded');
    });

    it('should leave steps to the driver that is there, and go on without it when it is gone', async () => {
      const { operationId } = await db.order({ taskId: 'task-1' });
      const machines = jest.fn(async () => {});
      const kubernetes = jest.fn(async () => {});
      engineWith({ machines, kubernetes }).start();
      await new Promise(resolve => setTimeout(resolve, 200));
      expect(machines).not.toHaveBeenCalled();

      await db.operations.ensureStep(operationId, 'machines');
      await eventually(
        async () => machines.mock.calls.length === 1,
        'the step that was asked for',
      );
      await new Promise(resolve => setTimeout(resolve, 200));
      expect(kubernetes).not.toHaveBeenCalled();

      await db
        .knex('operations')
        .where({ id: operationId })
        .update({ driver_seen_at: Date.now() - 31_000 });
      expect((await finished(operationId)).status).toBe('succeeded');
    });

    it('should renew its lease while a step works on', async () => {
      const { operationId } = await db.order();
      const engine = engineWith(
        { machines: () => new Promise(resolve => setTimeout(resolve, 1500)) },
        { leaseMs: 500, renewMs: 100 },
      );
      engine.start();
      const other = engineWith({}, { leaseMs: 500, renewMs: 100 });
      other.start();
      const operation = await finished(operationId);
      expect(operation.steps[1].attempt).toBe(1);
      // One claim: nobody took over in between.
      expect(operation.leaseEpoch).toBe(1);
    });

    it('should know the median of what steps took', async () => {
      const { operationId } = await db.order();
      await db
        .knex('operation_steps')
        .where({ operation_id: operationId, name: 'machines' })
        .update({
          status: 'succeeded',
          attempt: 1,
          started_at: 1000,
          finished_at: 43_300,
        });
      const operation = await db.operations.get(operationId);
      expect(
        operation?.steps
          .map(({ typicalSeconds }) => typicalSeconds)
          .slice(1, 3),
      ).toEqual([42.3, 75]);
    });

    it('should be healthy only while it runs', async () => {
      const engine = engineWith({});
      expect(engine.healthy()).toBe(false);
      engine.start();
      expect(engine.healthy()).toBe(true);
      await engine.stop();
      expect(engine.healthy()).toBe(false);
    });
  },
);
