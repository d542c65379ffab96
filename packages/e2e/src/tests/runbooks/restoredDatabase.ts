import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { status } from '@kubesmith/lab/src/instance/status.ts';
import { RequestRefused } from '../../client/PortalClient.ts';
import { LIMIT_MS, type RunbookSetting } from './RunbookSetting.ts';

const ACCEPT =
  'yarn kubesmith accept-restored-database --config app-config.yaml --config app-config.production.yaml';

/** Runbook "Restored database": `younger` was ordered after the backup, and is ordered again in the end. */
export function restoredDatabaseTests(setting: RunbookSetting): void {
  describe('runbook: restored database', () => {
    let vmid: number;

    test(
      'the portal notices, destroys nothing and takes no orders',
      { timeout: LIMIT_MS },
      async () => {
        await mkdir(setting.instance.file('backup'));
        const backup = await setting.type(
          'for f in /var/lib/portal-database/*.sqlite; do sqlite3 "$f" ".backup /var/backups/portal/$(basename "$f")"; done',
        );
        assert.equal(backup.code, 0);
        const { id, nodes } = await setting.order('younger');
        vmid = nodes[0]!.vmid;
        await setting.until(id, 'machines are made', ({ steps }) =>
          steps.some(
            ({ name, status: state }) =>
              name === 'machines' && state === 'succeeded',
          ),
        );
        await setting.restart(async () => {
          for (const line of [
            'rm -f /var/lib/portal-database/*.sqlite*',
            'cp /var/backups/portal/*.sqlite /var/lib/portal-database/',
          ])
            assert.equal((await setting.type(line)).code, 0);
        });
        await setting.logLine('KUBESMITH-DATABASE-RESTORED');
        await setting.logLine('Records and machines were compared');
        const refused = await setting.order('not-yet').then(
          () => assert.fail('An order was taken'),
          (error: unknown) => error,
        );
        assert.ok(refused instanceof RequestRefused);
        assert.equal(refused.status, 503);
        assert.equal(refused.body.error.code, 'KUBESMITH-DATABASE-RESTORED');
        await setting.note(
          `answer ${refused.status}: ${refused.body.error.message} (${refused.body.error.code})`,
        );
        assert.ok(await machineExists(), 'The unknown machine is untouched');
        const [older] = await setting.student.clusters({ search: 'older' });
        assert.equal(older?.phase, 'ready');
      },
    );

    test(
      'compare, remove what nobody knows, accept',
      { timeout: LIMIT_MS },
      async () => {
        const shown = await setting.type(ACCEPT);
        assert.equal(shown.code, 0, shown.stdout);
        assert.match(
          shown.stdout,
          /^1 clusters agree with their machines, 0 differ, 1 machines are unknown\.$/m,
        );
        assert.match(shown.stdout, new RegExp(`machine ${vmid} on pve`));
        // qm stop, qm destroy
        await setting.byHand('DELETE', `vms/${vmid}`);
        const again = await setting.type(ACCEPT);
        assert.match(again.stdout, /0 machines are unknown/);
        const accepted = await setting.type(`${ACCEPT} --all`);
        assert.equal(accepted.code, 0, accepted.stdout);
        assert.match(
          accepted.stdout,
          /^Accepted\. 0 clusters were released\.$/m,
        );
        const ordered = await setting.order('younger');
        assert.match(
          ordered.phase,
          /^(reserved|provisioning)$/,
          'Its name is free again',
        );
      },
    );

    const machineExists = async () =>
      (await status(setting.instance)).hosts.some(host => host.vmid === vmid);
  });
}
