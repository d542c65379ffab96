import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { waitFor } from '@kubesmith/lab/src/system/wait.ts';
import type { PortalClient } from '../client/PortalClient.ts';
import { watchTask } from '../client/TaskWatcher.ts';
import { addFault, clearFaults } from './faults.ts';
import { ENVIRONMENT, waitForPhase, type Setting } from './Setting.ts';

const LIMIT_MS = 5 * 60_000;
const NAME = 'failure';

/** An order that fails, goes on when the student asks for it, and one that is cancelled. */
export function failureTests(setting: Setting): void {
  describe('an order that fails', () => {
    let student: PortalClient;
    let taskId: string;

    const order = () =>
      student.start('new-k8s-cluster', {
        name: NAME,
        environment: ENVIRONMENT,
        size: 'small',
        workers: 0,
      });
    const cluster = async () =>
      (await student.clusters({ search: NAME })).find(
        ({ name }) => name === NAME,
      );
    const remove = async () => {
      const live = await cluster();
      if (!live) return;
      await student.deleteCluster(live.id, `failure-${live.id}`);
      await waitForPhase(student, live.id, 'deleted', LIMIT_MS);
    };

    before(async () => {
      student = await setting.as('student-1');
    });
    after(async () => {
      await clearFaults(setting.instance);
      await remove();
    });

    test(
      'says why with a code and what to do next',
      { timeout: LIMIT_MS },
      async () => {
        await addFault(setting.instance, {
          method: 'POST',
          path: '/nodes/*/qemu/*/clone',
          count: 100,
          effect: {
            kind: 'status',
            status: 403,
            message: 'Permission check failed (/vms/9000, VM.Clone)',
          },
        });
        taskId = await order();
        const { status, lines } = await watchTask(student, taskId, {
          timeoutMs: LIMIT_MS,
        });
        assert.equal(status, 'failed');
        const { message } = lines.at(-1)!;
        assert.match(message, /\(KUBESMITH-[A-Z-]+\)/);
        const failed = await cluster();
        assert.equal(failed?.phase, 'failed');
        assert.ok(failed.failure?.nextStep);
        assert.ok(
          message.includes(failed.failure.message) &&
            message.includes(failed.failure.nextStep),
          message,
        );
      },
    );

    test(
      'goes on when the student tries the task again',
      { timeout: LIMIT_MS },
      async () => {
        await clearFaults(setting.instance);
        const before = await cluster();
        await student.retryTask(taskId);
        const { status, lines } = await watchTask(student, taskId, {
          timeoutMs: LIMIT_MS,
        });
        assert.equal(status, 'completed', lines.at(-1)?.message);
        const ready = await cluster();
        assert.equal(ready?.id, before?.id);
        assert.equal(ready?.phase, 'ready');
        await remove();
      },
    );

    test(
      'stops when the student cancels the task, and can be deleted',
      { timeout: LIMIT_MS },
      async () => {
        taskId = await order();
        const building = await waitFor(
          async () => {
            const operation = (await cluster())?.operation;
            return operation?.steps.some(
              ({ name, status }) =>
                name === 'kubernetes' && status === 'running',
            );
          },
          { timeoutMs: 120_000, intervalMs: 250 },
        );
        assert.ok(building, 'The machine is there');
        await student.cancelTask(taskId);
        const { status } = await watchTask(student, taskId, {
          timeoutMs: 60_000,
        });
        assert.match(status, /cancelled|failed/);
        const cancelled = await waitFor(
          async () => {
            const [operation] = await student.operations((await cluster())!.id);
            return operation?.status === 'cancelled';
          },
          { timeoutMs: 120_000, intervalMs: 500 },
        );
        assert.ok(cancelled, 'The operation is cancelled');
        await remove();
        assert.equal(await cluster(), undefined);
      },
    );
  });
}
