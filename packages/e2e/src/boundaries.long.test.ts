/** The real portal ends at boundaries of its journal, on a real create and delete; what its tools do is killed as well. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { status } from '@kubesmith/lab/src/instance/status.ts';
import {
  identify,
  isAlive,
  signal,
} from '@kubesmith/lab/src/system/processes.ts';
import { waitFor } from '@kubesmith/lab/src/system/wait.ts';
import type { Cluster, PortalClient } from './client/PortalClient.ts';
import { addFault, clearFaults } from './tests/faults.ts';
import { JournalHold, type JournalWrite } from './tests/JournalHold.ts';
import { clonedIds, mutations, proxmoxCalls } from './tests/proxmoxCalls.ts';
import { ENVIRONMENT, Setting, waitForPhase } from './tests/Setting.ts';
import { taskGoesOnTests } from './tests/taskGoesOn.ts';
import { toolsOf, tracesOf } from './tests/traces.ts';

const LIMIT_MS = 10 * 60_000;
/** The engine gives its steps 20 s to let go; the rest is for the other parts of a portal on a busy machine. */
const STOP_LIMIT_MS = 30_000;

const setting = new Setting('e2e-boundaries');
const hold = new JournalHold(setting);
let student: PortalClient;
let cluster: Cluster;
const requestId = randomUUID();
const order = {
  name: 'boundary',
  environment: ENVIRONMENT,
  size: 'small',
  workers: 1,
  requestId,
};

before(
  async () => {
    await setting.up();
    student = await setting.as('student-1');
  },
  { timeout: 20 * 60_000 },
);
after(() => setting.end(), { timeout: 5 * 60_000 });

/** The journal as the database has it: `kind step status`, in order, and who holds the lease. */
async function journal() {
  return setting.database('kubesmith', database => {
    const steps = database
      .prepare(
        'SELECT o.kind, s.name, s.status, s.attempt FROM operation_steps s JOIN operations o ON o.id = s.operation_id ORDER BY o.created_at, s.position',
      )
      .all() as {
      kind: string;
      name: string;
      status: string;
      attempt: number;
    }[];
    const live = database
      .prepare(
        "SELECT kind, lease_owner FROM operations WHERE status IN ('queued', 'running', 'waiting')",
      )
      .all() as { kind: string; lease_owner: string | null }[];
    return { steps, live: live.map(row => ({ ...row })) };
  });
}

async function stepOf(name: string) {
  const { steps } = await journal();
  return steps.find(step => step.name === name);
}

/** Lets the portal come to a write of its journal, takes its life there, and says what the journal has. */
async function dieAt(write: JournalWrite) {
  await hold.reached(LIMIT_MS);
  await setting.portal.kill();
  hold.disarm();
  const found = await journal();
  assert.notEqual(found.live.length > 0 || 'insert' in write, false);
  // As if the time of the lease had passed; crash.ts waits for it.
  await setting.database('kubesmith', database =>
    database.exec(
      'UPDATE operations SET lease_until = 1 WHERE lease_until IS NOT NULL',
    ),
  );
  return found.steps.map(step => `${step.name} ${step.status}`);
}

/** The next write to stop at is set before the next portal starts, so that none is missed. */
async function restart(next?: JournalWrite) {
  if (next) await hold.arm(next);
  const started = setting.portal.start();
  // A portal may come to the write before it answers anybody; its start is then never over.
  if (next) {
    started.catch(() => {});
    const enough = new AbortController();
    await Promise.race([started, hold.reached(LIMIT_MS, enough.signal)]);
    enough.abort();
  } else {
    await started;
  }
}

/** A person who signs in anew needs the portal, which a write may be holding: only where none is armed. */
async function signInAgain() {
  setting.forgetSessions();
  student = await setting.as('student-1');
}

async function identity() {
  return setting.database('kubesmith', database =>
    database
      .prepare(
        'SELECT name, vmid, host, ip_address, mac_address, smbios_uuid FROM nodes ORDER BY name',
      )
      .all()
      .map(row => ({ ...row })),
  );
}

/** Pids of the newest run of a tool that goes on. */
async function runOf(tool: 'terraform' | 'ansible') {
  const { KUBESMITH_DATA_DIRECTORY: data } = await setting.portal.environment();
  const runs = join(data!, 'clusters', cluster.id, `${tool}-runs`);
  const names = await readdir(runs).catch(() => [] as string[]);
  for (const name of names.sort().reverse()) {
    const read = (file: string) =>
      readFile(join(runs, name, file), 'utf8').catch(() => undefined);
    const record = await read('run.json');
    if (!record || (await read('exit.json'))) continue;
    const { supervisor, child } = JSON.parse(record);
    if (child)
      return {
        supervisor: supervisor.pid as number,
        tool: child.pid as number,
      };
  }
  return undefined;
}

let broken = false;

/** One stage after the other: what follows a failed one would only wait in vain. */
function stage(name: string, work: () => Promise<void>): void {
  test(name, { timeout: LIMIT_MS }, async context => {
    if (broken) {
      context.skip('an earlier stage failed');
      return;
    }
    broken = true;
    await work();
    broken = false;
  });
}

/** A stage that ends the portal where a step is done and the journal does not say so yet. `next`: where it ends after that. */
function killedBeforeTheEndOf(
  step: string,
  former: string,
  next?: JournalWrite,
): void {
  stage(`${step}, kill -9 before its end is journaled`, async () => {
    const steps = await dieAt({ step, status: 'succeeded' });
    assert.ok(steps.includes(`${former} succeeded`), steps.join());
    assert.ok(steps.includes(`${step} running`), steps.join());
    await restart(next);
  });
}

describe('a portal that ends at a boundary of its journal', () => {
  let ordered: Awaited<ReturnType<typeof identity>>;

  stage(
    'reserve: nothing is recorded, and the same request makes one cluster',
    async () => {
      await hold.arm({ insert: 'clusters' });
      const lost = student.order(order).catch(error => error);
      await dieAt({ insert: 'clusters' });
      assert.ok((await lost) instanceof Error, 'Nobody was answered');
      assert.deepEqual((await journal()).steps, []);
      assert.deepEqual(await identity(), []);
      await restart();
      await signInAgain();
      // Time enough to stop the portal while Terraform works.
      await addFault(setting.instance, {
        method: 'POST',
        path: '/nodes/*/qemu/*/clone',
        count: 2,
        effect: { kind: 'delay', ms: 8_000 },
      });
      const [first, second] = [
        await student.order(order),
        await student.order(order),
      ];
      assert.equal(first.cluster.id, second.cluster.id);
      cluster = first.cluster;
      ordered = await identity();
      assert.equal(ordered.length, 2);
    },
  );

  stage(
    'machines, SIGTERM: it ends soon, Terraform goes on and is found again',
    async () => {
      const terraform = await waitFor(() => runOf('terraform'), {
        timeoutMs: 120_000,
        intervalMs: 50,
      });
      assert.ok(terraform, 'Terraform works');
      const portal = (await setting.portal.find())!;
      const begun = performance.now();
      signal(portal.pid, 'SIGTERM');
      const ended = await waitFor(async () => !(await isAlive(portal)), {
        timeoutMs: STOP_LIMIT_MS,
        intervalMs: 50,
      });
      assert.ok(ended, `Alive ${STOP_LIMIT_MS / 1000} s after SIGTERM`);
      const seconds = (performance.now() - begun) / 1000;
      const { live } = await journal();
      assert.equal((await stepOf('machines'))?.status, 'running');
      assert.deepEqual(live, [{ kind: 'create', lease_owner: null }]);
      assert.ok(await identify(terraform.tool), 'Terraform goes on');
      await restart({ step: 'machines', status: 'succeeded' });
      const taken = await waitFor(
        async () => (await journal()).live[0]?.lease_owner ?? undefined,
        { timeoutMs: 15_000, intervalMs: 50 },
      );
      assert.ok(taken, 'Gone on with at once, without waiting for a lease');
      console.log(`  the portal ended ${seconds.toFixed(1)} s after SIGTERM`);
    },
  );

  stage('machines, kill -9 before its end is journaled', async () => {
    const steps = await dieAt({ step: 'machines', status: 'succeeded' });
    assert.deepEqual(steps.slice(0, 3), [
      'reserve succeeded',
      'machines running',
      'kubernetes pending',
    ]);
    await clearFaults(setting.instance);
    await restart();
    await signInAgain();
  });

  stage(
    'kubernetes, kill -9 of ansible-playbook: tried again, goes on',
    async () => {
      const far = await waitFor(
        async () => {
          const { operation } = await student.cluster(cluster.id);
          const step = operation?.steps.find(
            ({ name }) => name === 'kubernetes',
          );
          return (
            step?.status === 'running' && (step.progress?.percent ?? 0) >= 25
          );
        },
        { timeoutMs: 240_000, intervalMs: 100 },
      );
      assert.ok(far, 'The playbook is at work');
      const playbook = await runOf('ansible');
      assert.ok(playbook);
      process.kill(playbook.tool, 'SIGKILL');
      const again = await waitFor(
        async () => (await stepOf('kubernetes'))?.attempt === 2,
        { timeoutMs: 60_000, intervalMs: 100 },
      );
      assert.ok(again, 'A second attempt');
      const [operation] = await student.operations(cluster.id);
      const events = await student.operationEvents(operation!.id);
      assert.ok(events.some(({ code }) => code === 'KUBESMITH-TOOL-KILLED'));
    },
  );

  stage(
    'kubernetes, kill -9 of the playbook’s supervisor and of the portal',
    async () => {
      const playbook = await waitFor(() => runOf('ansible'), {
        timeoutMs: 60_000,
        intervalMs: 100,
      });
      assert.ok(playbook);
      process.kill(playbook.supervisor, 'SIGKILL');
      await setting.portal.kill();
      assert.equal((await stepOf('kubernetes'))?.status, 'running');
      await setting.database('kubesmith', database =>
        database.exec('UPDATE operations SET lease_until = 1'),
      );
      await restart({ step: 'verify', status: 'succeeded' });
    },
  );

  killedBeforeTheEndOf('verify', 'kubernetes', {
    step: 'activate',
    status: 'succeeded',
  });
  killedBeforeTheEndOf('activate', 'verify');

  stage('the cluster is ready: the same machines, each made once', async () => {
    await signInAgain();
    await waitForPhase(student, cluster.id, 'ready', LIMIT_MS);
    assert.deepEqual(await identity(), ordered);
    const vmids = ordered.map(({ vmid }) => Number(vmid)).sort();
    const calls = await proxmoxCalls(setting.instance);
    assert.deepEqual(clonedIds(calls).sort(), vmids);
    assert.deepEqual(
      mutations(calls).filter(call => call.startsWith('DELETE ')),
      [],
    );
    const hosts = (await status(setting.instance)).hosts;
    assert.deepEqual(hosts.map(({ vmid }) => vmid).sort(), vmids);
    const closed = await waitFor(
      async () =>
        (await student.operations(cluster.id))[0]?.status === 'succeeded',
      { timeoutMs: 30_000 },
    );
    assert.ok(closed);
    assert.deepEqual(await toolsOf(cluster.id), []);
  });

  stage('accept: a deletion that is not recorded is no deletion', async () => {
    await hold.arm({ insert: 'operations' });
    const lost = student
      .deleteCluster(cluster.id, 'boundary-delete')
      .catch(error => error);
    await dieAt({ insert: 'operations' });
    assert.ok((await lost) instanceof Error);
    assert.equal(await stepOf('accept'), undefined);
    await restart();
    await signInAgain();
    assert.equal((await student.cluster(cluster.id)).phase, 'ready');
    await hold.arm({ step: 'destroy', status: 'succeeded' });
    await student.deleteCluster(cluster.id, 'boundary-delete');
  });

  killedBeforeTheEndOf('destroy', 'accept', {
    step: 'release',
    status: 'succeeded',
  });
  killedBeforeTheEndOf('release', 'destroy');

  stage('nothing is left', async () => {
    await signInAgain();
    const gone = await waitFor(
      async () =>
        (
          await student.clusters({ includeDeleted: true })
        ).find(({ id }) => id === cluster.id)?.phase === 'deleted' &&
        (await journal()).live.length === 0,
      { timeoutMs: 60_000, intervalMs: 250 },
    );
    assert.ok(gone, 'The cluster is deleted');
    const vmids = ordered.map(({ vmid }) => Number(vmid));
    assert.deepEqual(await tracesOf(setting.instance, vmids, cluster.id), {
      machines: [],
      processes: [],
      mounts: [],
      links: [],
    });
    const held = await setting.database('kubesmith', database =>
      database
        .prepare(
          "SELECT count(*) AS n FROM ip_addresses WHERE cluster_id = ? AND state <> 'quarantined'",
        )
        .get(cluster.id),
    );
    assert.equal(held?.n, 0);
  });
});

taskGoesOnTests(setting);
