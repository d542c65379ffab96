/** The real portal is killed at a fixed sample of 20 boundaries of operations on a real cluster: all but create and delete. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { status } from '@kubesmith/lab/src/instance/status.ts';
import { waitFor } from '@kubesmith/lab/src/system/wait.ts';
import type { Kubectl } from './client/Kubectl.ts';
import type { Cluster, PortalClient } from './client/PortalClient.ts';
import { DyingPortal } from './tests/DyingPortal.ts';
import type { JournalWrite } from './tests/JournalHold.ts';
import { type OperationRequest, succeeded } from './tests/operations.ts';
import { readyCluster } from './tests/readyCluster.ts';
import { Setting, waitForPhase } from './tests/Setting.ts';
import { tracesOf } from './tests/traces.ts';

const LIMIT_MS = 10 * 60_000;
const setting = new Setting('e2e-sample');
const dying = new DyingPortal(setting, LIMIT_MS);
let student: PortalClient;
let kubectl: Kubectl;
let cluster: Cluster;
let identities: Map<string, string>;
/** Boundaries at which the portal was killed. */
let hit = 0;
let broken = false;

before(
  async () => {
    await setting.up();
    ({ student, cluster, kubectl } = await readyCluster(setting, {
      name: 'sample',
      workers: 1,
    }));
    identities = await identity();
  },
  { timeout: 25 * 60_000 },
);
after(() => setting.end(), { timeout: 5 * 60_000 });

const begun = (step: string): JournalWrite => ({ step, status: 'running' });
const done = (step: string): JournalWrite => ({ step, status: 'succeeded' });

/** What a node is to Proxmox and to the network, by its name. */
async function identity(): Promise<Map<string, string>> {
  const rows = await setting.database('kubesmith', database =>
    database
      .prepare(
        'SELECT name, vmid, ip_address, mac_address, smbios_uuid FROM nodes WHERE cluster_id = ? AND removed_at IS NULL',
      )
      .all(cluster.id),
  );
  return new Map(rows.map(row => [String(row.name), JSON.stringify(row)]));
}

/** Records, machines, addresses and Kubernetes agree, and no node became another one. */
async function expectSound(nodes: string[], isAwake: boolean): Promise<void> {
  const now = await identity();
  assert.deepEqual([...now.keys()].sort(), nodes);
  for (const [name, is] of now)
    assert.equal(is, identities.get(name) ?? is, `${name} is another one`);
  identities = now;
  const vmids = (await student.cluster(cluster.id)).nodes
    .map(({ vmid }) => vmid)
    .sort();
  const { hosts } = await status(setting.instance);
  assert.deepEqual(hosts.map(({ vmid }) => vmid).sort(), vmids);
  const held = await setting.database('kubesmith', database =>
    database
      .prepare(
        "SELECT count(*) AS n FROM ip_addresses WHERE cluster_id = ? AND state <> 'quarantined'",
      )
      .get(cluster.id),
  );
  assert.equal(held?.n, nodes.length + 1);
  if (!isAwake) return;
  const ready = await waitFor(
    async () => {
      const seen = await kubectl.readyNodes();
      return seen.join() === nodes.join();
    },
    { timeoutMs: 120_000, intervalMs: 1000 },
  );
  assert.ok(ready, `Ready: ${await kubectl.readyNodes()}`);
}

/** An operation whose portal is killed in these writes of the journal; each ends as if nothing had been. */
function killed(
  name: string,
  request: () => Promise<OperationRequest> | OperationRequest,
  writes: JournalWrite[],
  expected: { phase: Cluster['phase']; workers: number } = {
    phase: 'ready',
    workers: 1,
  },
): void {
  test(name, { timeout: LIMIT_MS }, async context => {
    if (broken) {
      context.skip('an earlier operation failed');
      return;
    }
    broken = true;
    const wanted = await request();
    let id = '';
    await dying.through(writes, async () => {
      id = (await student.begin(cluster.id, wanted)).operation.id;
    });
    hit += writes.length;
    student = await setting.as('student-1');
    await succeeded(student, id);
    assert.equal((await student.operations(cluster.id))[0]!.id, id);
    assert.equal((await student.cluster(cluster.id)).phase, expected.phase);
    await expectSound(
      [
        'sample-cp-1',
        ...Array.from(
          { length: expected.workers },
          (_, index) => `sample-w-${index + 1}`,
        ),
      ],
      expected.phase === 'ready',
    );
    broken = false;
  });
}

async function newestBackup(): Promise<string> {
  const { items } = JSON.parse(
    await student.read(`/api/kubesmith/v1/clusters/${cluster.id}/backups`),
  );
  assert.equal(items.length, 1, 'One backup was made, not two');
  return items[0].id;
}
async function onlySnapshot(): Promise<string> {
  const { items } = await student.snapshots(cluster.id);
  assert.equal(items.length, 1, 'One snapshot was taken, not two');
  return items[0]!.id;
}

describe('a portal that is killed', { timeout: 40 * 60_000 }, () => {
  killed('while it backs up', () => ({ kind: 'backup' }), [
    done('copy'),
    done('fetch'),
  ]);
  killed(
    'while it restores a backup',
    async () => ({ kind: 'restore', backup: await newestBackup() }),
    [done('bring'), done('restore')],
  );
  killed('while it repairs', () => ({ kind: 'repair' }), [done('kubernetes')]);
  killed('while it renews certificates', () => ({ kind: 'renew' }), [
    done('certificates'),
    done('verify'),
  ]);
  killed(
    'while it takes a snapshot',
    () => ({ kind: 'snapshot', label: 'Sample' }),
    [done('snapshot')],
  );
  killed(
    'while it goes back to a snapshot',
    async () => ({ kind: 'rollback', snapshot: await onlySnapshot() }),
    [done('roll-back'), done('start')],
  );
  killed(
    'while it removes a snapshot',
    async () => ({ kind: 'remove-snapshot', snapshot: await onlySnapshot() }),
    [done('remove')],
  );
  killed(
    'while it adds a worker',
    () => ({ kind: 'scale', workers: 2 }),
    [done('machines'), begun('kubernetes'), done('verify')],
    { phase: 'ready', workers: 2 },
  );
  killed(
    'while it takes a worker away',
    () => ({ kind: 'scale', workers: 1 }),
    [done('drain'), done('remove')],
  );
  killed(
    'while it sends the cluster to sleep',
    () => ({ kind: 'hibernate' }),
    [done('workers'), done('control-plane')],
    { phase: 'hibernated', workers: 1 },
  );
  killed('while it wakes the cluster', () => ({ kind: 'wake' }), [
    done('control-plane'),
    done('workers'),
  ]);

  test('was killed at 20 boundaries, and nothing is left', async context => {
    if (broken) {
      context.skip('an earlier operation failed');
      return;
    }
    assert.equal(hit, 20);
    const vmids = cluster.nodes.map(({ vmid }) => vmid);
    await student.deleteCluster(cluster.id, randomUUID());
    await waitForPhase(student, cluster.id, 'deleted', LIMIT_MS);
    assert.deepEqual(await tracesOf(setting.instance, vmids, cluster.id), {
      machines: [],
      processes: [],
      mounts: [],
      links: [],
    });
    assert.deepEqual((await status(setting.instance)).hosts, []);
  });
});
