import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { RequestRefused } from '../../client/PortalClient.ts';
import { ENVIRONMENT, waitForPhase } from '../Setting.ts';
import { LIMIT_MS, type RunbookSetting } from './RunbookSetting.ts';

const MIB = 1024 * 1024;

/** Runbooks "Full disk: data folder" and "Full disk: database". Leaves the cluster `older`, ready. */
export function fullDiskTests(setting: RunbookSetting): void {
  describe('runbook: full disk', () => {
    test(
      'data folder: nothing is begun, and the order goes on when there is space',
      { timeout: LIMIT_MS },
      async () => {
        const free = await setting.fill('data', 40 * MIB);
        const { id } = await setting.order('older');
        const failure = await setting.waitsWith(id, 'KUBESMITH-DISK-FULL');
        assert.match(failure.message, /\d+ MiB are left in the data folder/);
        const { stdout } = await setting.type('df -h /var/lib/kubesmith');
        assert.match(stdout, /8[0-9]%/);
        const largest = await setting.type(
          'du -xh --max-depth=2 /var/lib/kubesmith | sort -h | tail',
        );
        assert.equal(largest.code, 0);
        await free();
        await setting.until(id, 'machines are made', ({ steps }) =>
          steps.some(
            ({ name, status }) => name === 'machines' && status === 'succeeded',
          ),
        );
      },
    );

    test(
      'database folder: 503 with a code, nothing is lost, no restart is needed',
      { timeout: LIMIT_MS },
      async () => {
        const free = await setting.fill('database', 0);
        const refused = await setting.student
          .order({
            name: 'too-much',
            workers: 0,
            environment: ENVIRONMENT,
            size: 'small',
            requestId: randomUUID(),
          })
          .then(
            () => assert.fail('An order was taken on a full disk'),
            (error: unknown) => error,
          );
        assert.ok(refused instanceof RequestRefused);
        assert.equal(refused.status, 503);
        assert.equal(refused.body.error.code, 'KUBESMITH-DATABASE-FULL');
        await setting.quoted('KUBESMITH-DATABASE-FULL');
        await setting.note(
          `answer ${refused.status}: ${refused.body.error.message} (${refused.body.error.code})`,
        );
        await setting.type('df -h /var/lib/portal-database');
        await free();
        const [older] = await setting.student.clusters({ search: 'older' });
        await waitForPhase(setting.student, older!.id, 'ready', LIMIT_MS);
        assert.equal(
          (await setting.student.clusters({ search: 'too-much' })).length,
          0,
        );
      },
    );
  });
}
