/** Records, Proxmox and the inside of a real cluster: what agrees, what somebody changes by hand, and what is done about it. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, test } from 'node:test';
import { status } from '@kubesmith/lab/src/instance/status.ts';
import { waitFor } from '@kubesmith/lab/src/system/wait.ts';
import type { Kubectl } from './client/Kubectl.ts';
import type { Cluster, Findings, PortalClient } from './client/PortalClient.ts';
import { labControl } from './tests/labControl.ts';
import { powerOn } from './tests/powerOn.ts';
import { mutations, proxmoxCalls } from './tests/proxmoxCalls.ts';
import { readyCluster } from './tests/readyCluster.ts';
import { ENVIRONMENT, Setting, waitForPhase } from './tests/Setting.ts';

const setting = new Setting('e2e-reconciler');
const LIMIT_MS = 10 * 60_000;
/** The portal rests for 15 s between two looks that people ask for. */
const LOOK = { timeoutMs: 180_000, intervalMs: 3000 };
/** Two looks are two sightings when they are a minute apart. */
const SIGHTING_MS = 61_000;
const POOL = `kubesmith-${ENVIRONMENT}`;

let student: PortalClient;
let staff: PortalClient;
let kubectl: Kubectl;
let cluster: Cluster;
/** Ids of somebody else’s machines. */
const strangers: number[] = [];

before(
  async () => {
    await setting.up();
    staff = await setting.as('instructor');
    ({ student, cluster, kubectl } = await readyCluster(setting, {
      name: 'looked-at',
      workers: 2,
    }));
  },
  { timeout: 25 * 60_000 },
);
after(() => setting.end(), { timeout: 5 * 60_000 });

/** Has the portal look, and gives what a look found that began after this was called. */
async function look(): Promise<Findings> {
  const isQuiet = async () => {
    const found = await staff.findings();
    return found.isLooking ? undefined : found;
  };
  const former = await waitFor(isQuiet, LOOK);
  assert.ok(former, 'The look before does not end');
  const found = await waitFor(async () => {
    const now = await isQuiet();
    if (now && now.lookedAt !== former.lookedAt) return now;
    await staff.lookForFindings();
    return undefined;
  }, LOOK);
  assert.ok(found, 'The look does not end');
  return found;
}

/** Reasons of the conditions that are not as they should be, once they are these; and those conditions. */
async function conditions(expected: string[]) {
  let seen: Cluster['conditions'];
  await waitFor(async () => {
    await staff.lookForFindings();
    seen = (await student.cluster(cluster.id)).conditions;
    return isDeepEqual(wrong(seen), expected);
  }, LOOK);
  assert.deepEqual(wrong(seen), expected, JSON.stringify(seen));
  return seen!;
}

const wrong = (seen: Cluster['conditions']) =>
  seen?.filter(({ status: is }) => is !== 'true').map(({ reason }) => reason);
const isDeepEqual = (a: unknown, b: unknown) =>
  JSON.stringify(a) === JSON.stringify(b);
const node = (name: string) =>
  cluster.nodes.find(one => one.name === `looked-at-${name}`)!;
/** What was found, as `kind vmid`. */
const found = ({ items }: Findings) =>
  items.map(({ kind, vmid }) => `${kind} ${vmid}`).sort();

async function addStranger(vmid: number, name?: string): Promise<void> {
  await labControl(setting.instance, 'POST', 'strangers', {
    vmid,
    pool: POOL,
    ...(name && { name }),
  });
}

/** Ids of all machines that Proxmox has, with the host of each. */
async function machines(): Promise<Map<number, string>> {
  const { vms } = await labControl<{ vms: { vmid: number; node: string }[] }>(
    setting.instance,
    'GET',
    'state',
  );
  return new Map(vms.map(vm => [vm.vmid, vm.node]));
}

/** What was asked of Proxmox that would have changed this machine. */
async function changesOf(vmid: number): Promise<string[]> {
  return mutations(await proxmoxCalls(setting.instance)).filter(call =>
    call.includes(`/qemu/${vmid}`),
  );
}

const nodeRow = (name: string) =>
  setting.database(
    'kubesmith',
    database =>
      database
        .prepare(
          'SELECT operation_id, smbios_uuid FROM nodes WHERE cluster_id = ? AND name = ?',
        )
        .get(cluster.id, name) as { operation_id: string; smbios_uuid: string },
  );

/** Waits for what Kubernetes says of a node's readiness. */
async function ready(name: string, expected: RegExp): Promise<void> {
  let seen = '';
  await waitFor(async () => {
    seen = (
      await kubectl.run([
        'get',
        'node',
        name,
        '-o',
        'jsonpath={.status.conditions[?(@.type=="Ready")].status}',
      ])
    ).stdout.trim();
    return expected.test(seen);
  }, LOOK);
  assert.match(seen, expected);
}

describe('a real cluster that is looked at', { timeout: 2 * LIMIT_MS }, () => {
  test('agrees with its record, outside and inside', async () => {
    const { environments, items } = await look();
    assert.deepEqual(items, []);
    assert.ok(environments.some(({ name }) => name === ENVIRONMENT));
    for (const { answered, name, problem } of environments)
      assert.deepEqual([name, answered, problem], [name, true, undefined]);
    const seen = await conditions([]);
    assert.equal(seen.length, 5);
    const { message } = seen.find(({ type }) => type === 'certificates')!;
    const [, date] = /on (\d{4}-\d\d-\d\d)\.$/.exec(message)!;
    const days = (Date.parse(date!) - Date.now()) / 86_400_000;
    assert.ok(days > 360 && days < 367, message);
  });

  test('tells staff and its owner of a worker that somebody stopped, until it runs again', async () => {
    const { name, vmid } = node('w-1');
    await labControl(setting.instance, 'PATCH', `vms/${vmid}`, { stop: true });
    assert.deepEqual(found(await look()), [`machine-stopped ${vmid}`]);
    await ready(name, /^Unknown$/);
    // It may just be restarting, for ten minutes; as if they had passed.
    await kubectl.run([
      'patch',
      'node',
      name,
      '--subresource=status',
      '--patch',
      JSON.stringify({
        status: {
          conditions: [
            {
              type: 'Ready',
              lastTransitionTime: new Date(Date.now() - 11 * 60_000)
                .toISOString()
                .replace(/\.\d+Z$/, 'Z'),
            },
          ],
        },
      }),
    ]);
    const [condition] = (await conditions(['NodeNotReady'])).filter(
      ({ status: is }) => is === 'false',
    );
    assert.ok(condition!.message.includes(name), condition!.message);
    assert.deepEqual(found(await look()), [`machine-stopped ${vmid}`]);
    await powerOn(setting.instance, {
      vmid,
      node: (await machines()).get(vmid)!,
    });
    await ready(name, /^True$/);
    await conditions([]);
    assert.deepEqual(found(await look()), []);
  });

  test('tells its owner of a Node that somebody deleted', async () => {
    const { name } = node('w-2');
    await kubectl.run(['delete', 'node', name]);
    const [first] = (await conditions(['NodeMissing'])).filter(
      ({ status: is }) => is === 'false',
    );
    assert.equal(first!.message, `Kubernetes does not know ${name}.`);
  });

  test('has others’ machines among its ids and behind one of them: they are only told of', async () => {
    const { vmid } = node('w-2');
    await labControl(setting.instance, 'DELETE', `vms/${vmid}`);
    assert.deepEqual(found(await look()), [`machine-missing ${vmid}`]);
    const free = vmid + 50;
    strangers.push(vmid, free);
    for (const id of strangers) await addStranger(id);
    const before = (await changesOf(vmid)).length;
    const expected = [`foreign-machine ${free}`, `foreign-machine ${vmid}`];
    assert.deepEqual(found(await look()), expected.sort());
    await sleep(SIGHTING_MS);
    const twice = await look();
    assert.deepEqual(found(twice), expected);
    for (const { repair, repairsItself, sightings } of twice.items)
      assert.deepEqual(
        [sightings, repairsItself, repair],
        [2, false, undefined],
      );
    assert.equal((await changesOf(vmid)).length, before);
    assert.deepEqual(await changesOf(free), []);
  });

  test('had a worker that the record does not have any more: its machine is removed when it was seen twice', async () => {
    const { name, vmid } = node('w-1');
    const foreign = strangers.map(id => `foreign-machine ${id}`);
    // As if its removal was noted, and a backup of its machine put back.
    await setting.database('kubesmith', database =>
      database
        .prepare(
          "UPDATE nodes SET state = 'deleted', live_vmid = NULL, removed_at = ? WHERE cluster_id = ? AND name = ?",
        )
        .run(Date.now(), cluster.id, name),
    );
    const once = await look();
    assert.deepEqual(
      found(once),
      [...foreign, `orphan-machine ${vmid}`].sort(),
    );
    assert.ok((await machines()).has(vmid), 'Once is not enough');
    await sleep(SIGHTING_MS);
    const twice = await look();
    const orphan = twice.items.find(({ kind }) => kind === 'orphan-machine');
    assert.equal(orphan?.repair, `The machine ${vmid} (${name}) was removed.`);
    assert.ok(!(await machines()).has(vmid));
    const { hosts } = await status(setting.instance);
    assert.ok(!hosts.some(host => host.vmid === vmid), 'Its host is gone');
    assert.deepEqual(found(await look()), foreign.sort());
  });

  test('leaves nothing: what came back after its deletion is removed, and others’ machines are not', async () => {
    const { name, vmid } = node('cp-1');
    const row = await nodeRow(name);
    await student.deleteCluster(cluster.id, randomUUID());
    await waitForPhase(student, cluster.id, 'deleted', LIMIT_MS);
    // As a restored backup of the machine would.
    await addStranger(vmid, name);
    await labControl(setting.instance, 'PATCH', `vms/${vmid}`, {
      config: {
        description: `kubesmith cluster=${cluster.id} node=${name} operation=${row.operation_id}`,
        smbios1: `uuid=${row.smbios_uuid}`,
      },
    });
    const foreign = strangers.map(id => `foreign-machine ${id}`);
    const once = await look();
    assert.deepEqual(
      found(once),
      [...foreign, `orphan-machine ${vmid}`].sort(),
    );
    await sleep(SIGHTING_MS);
    const twice = await look();
    const orphan = twice.items.find(({ kind }) => kind === 'orphan-machine');
    assert.match(orphan?.repair ?? '', /was removed/);
    const left = await machines();
    assert.ok(!left.has(vmid));
    for (const id of strangers) assert.ok(left.has(id), `${id} is left alone`);
    assert.deepEqual(found(await look()), foreign.sort());
  });
});
