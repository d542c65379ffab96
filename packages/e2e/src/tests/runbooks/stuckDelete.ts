import assert from 'node:assert/strict';
import { readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { tracesOf } from '../traces.ts';
import { LIMIT_MS, type RunbookSetting } from './RunbookSetting.ts';

/** Runbooks "Stuck delete", "The token lacks a privilege" and "Lost Terraform state", with the last cluster. */
export function stuckDeleteTests(setting: RunbookSetting): void {
  describe('runbook: stuck delete, with a state that a full disk cut off', () => {
    let id: string;
    let vmid: number;
    let folder: string;

    test(
      'the page names the protected machine; addresses are held',
      { timeout: LIMIT_MS },
      async () => {
        const [older] = await setting.student.clusters({ search: 'older' });
        id = older!.id;
        vmid = older!.nodes[0]!.vmid;
        folder = join(await setting.folder('data'), 'clusters', id);
        await truncate(join(folder, 'terraform.tfstate'), 100);
        // qm set ID --protection 1
        await setting.byHand('PATCH', `vms/${vmid}`, {
          config: { protection: 1 },
        });
        await setting.student.deleteCluster(id, `runbook-${id}`);
        const failure = await setting.waitsWith(
          id,
          'KUBESMITH-MACHINE-PROTECTED',
        );
        assert.match(
          failure.message,
          new RegExp(`VM ${vmid} - protection mode`),
        );
        const { stdout } = await setting.type(
          'ls /var/lib/kubesmith/clusters/ID/',
          { ID: id },
        );
        assert.match(stdout, /^terraform\.tfstate\.broken-\d+T\d+Z$/m);
        assert.ok(
          (await held()) > 0,
          'The addresses of the cluster are not given away',
        );
      },
    );

    test(
      'the protection is switched off, but the token lost a privilege: named',
      { timeout: LIMIT_MS },
      async () => {
        const { roles } = await setting.byHand<{
          roles: Record<string, string[]>;
        }>('GET', 'state');
        const role = Object.keys(roles).find(name =>
          roles[name]!.includes('VM.PowerMgmt'),
        )!;
        await setting.byHand('PUT', `roles/${role}`, {
          privileges: roles[role]!.filter(name => name !== 'VM.PowerMgmt'),
        });
        await setting.byHand('PATCH', `vms/${vmid}`, {
          config: { protection: null },
        });
        const failure = await setting.waitsWith(id, 'KUBESMITH-PVE-PERMISSION');
        assert.match(failure.message, /VM\.PowerMgmt on \/pool\//);
        const check = await setting.type(
          'yarn kubesmith preflight --config app-config.yaml --config app-config.production.yaml',
        );
        assert.match(check.stdout, /VM\.PowerMgmt/);
        // pveum role modify
        await setting.byHand('PUT', `roles/${role}`, {
          privileges: roles[role]!,
        });
      },
    );

    test(
      'it goes on by itself, and nothing is left',
      { timeout: LIMIT_MS },
      async () => {
        await setting.until(
          id,
          'it is deleted',
          ({ kind, status }) => kind === 'delete' && status === 'succeeded',
        );
        const [operation] = await setting.student.operations(id);
        const events = await setting.student.operationEvents(operation!.id);
        for (const { code, message } of events)
          await setting.note(`event: ${code ?? ''} ${message}`);
        assert.ok(
          events.some(({ message }) =>
            /state was not readable: it was put aside/.test(message),
          ),
          'The broken state is told',
        );
        assert.deepEqual(await tracesOf(setting.instance, [vmid], id), {
          machines: [],
          processes: [],
          mounts: [],
          links: [],
        });
        assert.equal(await held(), 0);
        await assert.rejects(readdir(folder), { code: 'ENOENT' });
      },
    );

    const held = async () =>
      await setting.database('kubesmith', database =>
        Number(
          database
            .prepare(
              'SELECT count(*) AS n FROM ip_addresses WHERE cluster_id = ?',
            )
            .get(id)!.n,
        ),
      );
  });
}
