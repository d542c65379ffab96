import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { waitFor } from '@kubesmith/lab/src/system/wait.ts';
import { watchTask } from '../client/TaskWatcher.ts';
import { ENVIRONMENT, type Setting } from './Setting.ts';

const LIMIT_MS = 8 * 60_000;

/** The portal dies while a task of the scaffolder follows an order; crash.ts has the order whose task cannot go on. */
export function taskGoesOnTests(setting: Setting): void {
  describe('a portal that is killed, whose user’s token is still good', () => {
    test('goes on with the task as well', { timeout: LIMIT_MS }, async () => {
      let student = await setting.as('student-1');
      const taskId = await student.start('new-k8s-cluster', {
        name: 'crash-task',
        environment: ENVIRONMENT,
        size: 'small',
        workers: 0,
      });
      const installing = await waitFor(
        async () => {
          const [cluster] = await student.clusters({ search: 'crash-task' });
          return cluster?.operation?.steps.some(
            ({ name, status: state }) =>
              name === 'kubernetes' && state === 'running',
          );
        },
        { timeoutMs: 120_000, intervalMs: 200 },
      );
      assert.ok(installing, 'The playbook was reached');
      await setting.portal.kill();
      await setting.portal.start();
      setting.forgetSessions();
      student = await setting.as('student-1');
      const { status: outcome, lines } = await watchTask(student, taskId, {
        timeoutMs: LIMIT_MS,
      });
      assert.equal(outcome, 'completed', lines.at(-1)?.message);
      const [cluster] = await student.clusters({ search: 'crash-task' });
      assert.equal(cluster?.phase, 'ready');
    });
  });
}
