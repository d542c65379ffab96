import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { status } from '@kubesmith/lab/src/instance/status.ts';
import { waitFor } from '@kubesmith/lab/src/system/wait.ts';
import type { Cluster, PortalClient } from '../client/PortalClient.ts';
import {
  clonedIds,
  machineConfigurations,
  mutations,
  proxmoxCalls,
} from './proxmoxCalls.ts';
import { addFault } from './faults.ts';
import { ENVIRONMENT, waitForPhase, type Setting } from './Setting.ts';

const LIMIT_MS = 8 * 60_000;

/**
 * The portal dies at the worst moments, and the order comes out as if it had not.
 *
 * @param options.toTheEnd - until the cluster is ready, and beyond; else until all its machines exist
 */
export function crashTests(
  setting: Setting,
  { toTheEnd }: { toTheEnd: boolean },
): void {
  describe('a portal that is killed', () => {
    let student: PortalClient;
    let ordered: Cluster;
    let vmids: number[];
    let callsAtStart: number;

    const machines = async () =>
      (await status(setting.instance)).hosts.filter(({ vmid }) =>
        vmids.includes(vmid),
      );
    /** As after the hour that a token lasts: the portal does not know the user's token any more. */
    const invalidateTokens = () =>
      setting.database('auth', database =>
        database.exec('DELETE FROM signing_keys'),
      );
    const restart = async () => {
      await setting.portal.start();
      setting.forgetSessions();
      student = await setting.as('student-1');
    };

    before(async () => {
      student = await setting.as('student-1');
    });

    test(
      'after one of three machines exists: the order goes on',
      { timeout: LIMIT_MS },
      async () => {
        callsAtStart = (await proxmoxCalls(setting.instance)).length;
        // Two of the three clones come late, so that there is a time at which one machine exists.
        await addFault(setting.instance, {
          method: 'POST',
          path: '/nodes/*/qemu/*/clone',
          skip: 1,
          count: 2,
          effect: { kind: 'delay', ms: 5_000 },
        });
        await student.start('new-k8s-cluster', {
          name: 'crash',
          environment: ENVIRONMENT,
          size: 'small',
          workers: 2,
        });
        const found = await waitFor(
          async () => (await student.clusters({ search: 'crash' }))[0],
          { timeoutMs: 60_000, intervalMs: 100 },
        );
        assert.ok(found);
        ordered = found;
        vmids = ordered.nodes.map(({ vmid }) => vmid).sort();
        const some = await waitFor(
          async () =>
            (await machines()).length >= 1 ? await machines() : undefined,
          { timeoutMs: 120_000, intervalMs: 10 },
        );
        await setting.portal.kill();
        assert.ok(some, 'A machine appeared');
        assert.equal(some.length, 1, 'One machine existed at that moment');
        await invalidateTokens();
        await restart();
        await waitFor(async () => (await machines()).length === 3, {
          timeoutMs: 120_000,
          intervalMs: 250,
        });
        assert.deepEqual(
          (await machines()).map(({ vmid }) => vmid).sort(),
          vmids,
        );
      },
    );

    if (toTheEnd)
      test(
        'while Kubernetes is being installed: the cluster becomes ready',
        { timeout: LIMIT_MS },
        async () => {
          const installing = await waitFor(
            async () => {
              const { operation } = await student.cluster(ordered.id);
              const step = operation?.steps.find(
                ({ name }) => name === 'kubernetes',
              );
              return (
                step?.status === 'running' &&
                (step.progress?.percent ?? 0) >= 30
              );
            },
            { timeoutMs: 240_000, intervalMs: 200 },
          );
          assert.ok(installing, 'The playbook was reached');
          await setting.portal.kill();
          await invalidateTokens();
          await restart();
          const ready = await waitForPhase(
            student,
            ordered.id,
            'ready',
            LIMIT_MS,
          );
          assert.deepEqual(
            identityOf(ready),
            identityOf(ordered),
            'The same machines and addresses',
          );
        },
      );

    test('made no second set of machines', async () => {
      const calls = (await proxmoxCalls(setting.instance)).slice(callsAtStart);
      assert.deepEqual(clonedIds(calls).sort(), vmids);
      assert.ok(
        !mutations(calls).some(call => call.startsWith('DELETE ')),
        'Nothing was removed',
      );
      const hosts = (await status(setting.instance)).hosts;
      assert.deepEqual(hosts.map(({ vmid }) => vmid).sort(), vmids);
    });

    if (toTheEnd)
      test(
        'and has lost Terraform’s state, also the copy in the database: the next apply imports and changes nothing',
        { timeout: LIMIT_MS },
        async () => {
          const { KUBESMITH_DATA_DIRECTORY: data } =
            await setting.portal.environment();
          const workspace = join(data!, 'clusters', ordered.id);
          for (const file of await readdir(workspace)) {
            if (file.includes('tfstate'))
              await rm(join(workspace, file), { recursive: true });
          }
          // There is no operation yet that applies again, so the one that made the machines is taken back to that step, as if
          // it had failed there, and the student asks to go on.
          const [operation] = await student.operations(ordered.id);
          await setting.database('kubesmith', database => {
            database
              .prepare("UPDATE operations SET status = 'failed' WHERE id = ?")
              .run(operation!.id);
            database
              .prepare(
                "UPDATE operation_steps SET status = 'pending' WHERE operation_id = ? AND position > 0",
              )
              .run(operation!.id);
            database
              .prepare("DELETE FROM secrets WHERE name = 'terraform-state'")
              .run();
          });
          const callsBefore = (await proxmoxCalls(setting.instance)).length;
          const before = await machineConfigurations(setting.instance, vmids);
          await student.retryOperation(operation!.id);
          const done = await waitFor(
            async () =>
              (await student.operation(operation!.id)).status === 'succeeded',
            { timeoutMs: LIMIT_MS, intervalMs: 500 },
          );
          assert.ok(done, 'The operation succeeds again');
          const {
            add,
            import: imported,
            remove,
          } = await lastChanges(workspace);
          assert.deepEqual(
            { add, imported, remove },
            { add: 0, imported: 3, remove: 0 },
          );
          // The provider writes after an import what it could not read, with the values that are there already.
          const calls = (await proxmoxCalls(setting.instance)).slice(
            callsBefore,
          );
          assert.deepEqual(
            mutations(calls).filter(
              call => !/^PUT .*\/qemu\/\d+\/config$/.test(call),
            ),
            [],
          );
          assert.deepEqual(
            await machineConfigurations(setting.instance, vmids),
            before,
          );
          assert.deepEqual(
            identityOf(await student.cluster(ordered.id)),
            identityOf(ordered),
          );
        },
      );
  });
}

function identityOf({ id, vip, nodes }: Cluster) {
  return {
    id,
    vip,
    nodes: nodes.map(({ name, vmid, host, ipAddress }) => ({
      name,
      vmid,
      host,
      ipAddress,
    })),
  };
}

/** What the newest apply of a workspace says that it changed. */
async function lastChanges(workspace: string): Promise<Record<string, number>> {
  const runs = (await readdir(join(workspace, 'terraform-runs')))
    .filter(name => name.includes('-apply-'))
    .sort();
  const output = await readFile(
    join(workspace, 'terraform-runs', runs.at(-1)!, 'stdout'),
    'utf8',
  );
  const summaries = output
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line))
    .filter(
      ({ type, changes }) =>
        type === 'change_summary' && changes.operation === 'apply',
    );
  return summaries.at(-1).changes;
}
