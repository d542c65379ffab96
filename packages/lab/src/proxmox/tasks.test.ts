import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { tokenId } from './leastPrivilege.ts';
import { POOL, TOKEN_SECRET } from './testing/datacenter.ts';
import { startTestDouble, type TestDouble } from './testing/double.ts';

let double: TestDouble;
before(async () => {
  double = await startTestDouble();
});
after(() => double.close());

const clone = (newid: number) =>
  double.client.api('POST', '/nodes/pve1/qemu/9000/clone', {
    newid,
    pool: POOL,
  });
const statusOf = (upid: string) =>
  double.client.ok(
    'GET',
    `/nodes/pve1/tasks/${upid.replaceAll('!', '%21')}/status`,
  );

describe('tasks', () => {
  test('a UPID names host, process, start, type, machine and token', async () => {
    const { data } = await clone(101);
    assert.match(
      data,
      /^UPID:pve1:[0-9A-F]{8}:[0-9A-F]{8}:[0-9A-F]{8}:qmclone:9000:kubesmith@pve!portal:$/,
    );
    const task = await double.client.task(data);
    assert.deepEqual(
      [task.type, task.id, task.user, task.tokenid, task.exitstatus],
      ['qmclone', '9000', 'kubesmith@pve', 'portal', 'OK'],
    );
  });

  test("a running task has no exit status; in the cluster's list it has no status at all", async () => {
    await double.client.fault({
      path: '/nodes/*/qemu/*/clone',
      effect: { kind: 'slow-task', ms: 250 },
    });
    const { data } = await clone(102);
    const running = await statusOf(data);
    assert.equal(running.status, 'running');
    assert.equal('exitstatus' in running, false);
    const row = async () =>
      (await double.client.ok('GET', '/cluster/tasks')).find(
        (task: any) => task.upid === data,
      );
    assert.equal('status' in (await row()), false);
    await double.client.task(data);
    assert.equal((await row()).status, 'OK');
  });

  test('a task with warnings has done its work, says how many, and tells them in its log', async () => {
    await double.client.fault({
      path: '/nodes/*/qemu/*/clone',
      effect: { kind: 'warn-task', message: 'no cloud-init drive' },
    });
    const { data } = await clone(108);
    assert.equal((await double.client.task(data)).exitstatus, 'WARNINGS: 1');
    const log = await double.client.ok(
      'GET',
      `/nodes/pve1/tasks/${encodeURIComponent(data)}/log`,
    );
    assert.ok(log.some((line: any) => line.t === 'WARN: no cloud-init drive'));
    await double.client.ok('GET', '/nodes/pve1/qemu/108/config');
  });

  test('a failed task ends with its error, tells it in its log, and leaves no half-made machine', async () => {
    await double.client.fault({
      path: '/nodes/*/qemu/*/clone',
      effect: { kind: 'fail-task', message: 'no space left' },
    });
    const { data } = await clone(103);
    assert.equal((await double.client.task(data)).exitstatus, 'no space left');
    const log = await double.client.ok(
      'GET',
      `/nodes/pve1/tasks/${encodeURIComponent(data)}/log`,
    );
    assert.deepEqual(log.at(-1), { n: 1, t: 'TASK ERROR: no space left' });
    assert.equal(
      await double.client.ok('GET', '/cluster/nextid', { vmid: 103 }),
      '103',
    );
  });

  test('a task can be stopped, and cleans up', async () => {
    await double.client.fault({
      path: '/nodes/*/qemu/*/clone',
      effect: { kind: 'slow-task', ms: 60_000 },
    });
    const { data } = await clone(104);
    await double.client.ok('DELETE', `/nodes/pve1/tasks/${data}`);
    const task = await double.client.task(data);
    assert.equal(task.exitstatus, 'interrupted by signal');
    assert.equal(double.driver.hosts.has(104), false);
  });

  test('an unknown task is an error', async () => {
    const { status } = await double.client.api(
      'GET',
      '/nodes/pve1/tasks/UPID:pve1:0:0:0:qmclone:1:x@pve:/status',
    );
    assert.equal(status, 500);
  });

  test('asking whether it is done can be held until it is, on request', async () => {
    const held = await startTestDouble({
      holdTaskStatusMs: 5000,
      taskDurations: { default: 200 },
    });
    try {
      const { data } = await held.client.api(
        'POST',
        '/nodes/pve1/qemu/9000/clone',
        { newid: 101, pool: POOL },
      );
      const status = await held.client.ok(
        'GET',
        `/nodes/pve1/tasks/${encodeURIComponent(data)}/status`,
      );
      assert.equal(status.status, 'stopped');
    } finally {
      await held.close();
    }
  });
});

describe('a restart of the double', () => {
  test('keeps machines, pools and results of tasks', async () => {
    const { data } = await clone(110);
    await double.client.task(data);
    await double.client.ok('POST', '/nodes/pve1/qemu/110/status/start');
    const before = await double.client.lab('GET', 'state');
    await double.restart();
    const afterwards = await double.client.lab('GET', 'state');
    assert.deepEqual(afterwards.vms, before.vms);
    assert.equal((await double.client.task(data)).exitstatus, 'OK');
    const { status } = await double.client.ok(
      'GET',
      '/nodes/pve1/qemu/110/status/current',
    );
    assert.equal(status, 'running');
  });

  test('a task that ran when the double was killed has no known result, and its machine stays locked', async () => {
    const { State } = await import('./state.ts');
    const { testDatacenter } = await import('./testing/datacenter.ts');
    await double.client.fault({
      path: '/nodes/*/qemu/*/clone',
      effect: { kind: 'slow-task', ms: 60_000 },
    });
    const { data } = await clone(111);
    // What a kill leaves is the file as it is now.
    const { writeFile } = await import('node:fs/promises');
    const stateFile = `${double.folder}/killed.json`;
    await writeFile(
      stateFile,
      await readFile(`${double.folder}/state.json`, 'utf8'),
    );
    const state = new State(
      testDatacenter({ tls: double.certificates.tls, stateFile }),
    );
    assert.equal(state.tasks.get(data)!.exitstatus, 'unexpected status');
    assert.deepEqual(state.vms.get(111)!.config, { lock: 'clone' });
    await double.client.ok('DELETE', `/nodes/pve1/tasks/${data}`);
  });
});

describe('faults', () => {
  const version = () => double.client.api('GET', '/version');

  test('hit as many calls as they say, after as many as they let through', async () => {
    await double.client.fault({
      method: 'GET',
      path: '/version',
      count: 2,
      skip: 1,
      effect: { kind: 'status', status: 500, message: 'out of order' },
    });
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await version()).status);
    assert.deepEqual(statuses, [200, 500, 500, 200]);
  });

  test('a connection cut before the effect leaves nothing, one cut after it leaves an orphan', async () => {
    const path = '/nodes/*/qemu/*/clone';
    await double.client.fault({ path, effect: { kind: 'drop-before' } });
    await assert.rejects(clone(120));
    await double.client.fault({ path, effect: { kind: 'drop-after' } });
    await assert.rejects(clone(121));
    const { vms } = await double.client.lab('GET', 'state');
    const numbers = vms.map((vm: any) => vm.vmid);
    assert.deepEqual(
      [numbers.includes(120), numbers.includes(121)],
      [false, true],
    );
  });

  test('a VMID is taken by somebody else just before the clone', async () => {
    await double.client.fault({
      path: '/nodes/*/qemu/*/clone',
      effect: { kind: 'vmid-taken' },
    });
    const { reason } = await clone(122);
    assert.match(reason, /config file already exists/);
  });

  test('a request for a fault that makes no sense is refused', async () => {
    await assert.rejects(
      double.client.lab('POST', 'faults', {
        path: '/x',
        effect: { kind: 'y' },
      }),
      /effect\.kind must be one of/,
    );
  });

  test('a host that lost its power takes its machines down', async () => {
    await double.client.lab('PUT', 'hosts/pve1', {
      down: true,
      powerLoss: true,
    });
    assert.equal(double.driver.hosts.get(110)!.running, false);
    await assert.rejects(version());
    await double.client.lab('PUT', 'hosts/pve1', { down: false });
    assert.equal((await version()).status, 200);
  });
});

describe('the call log', () => {
  test('has method, path, parameters, status, message and fault, in memory and in a file', async () => {
    const [fault] = await double.client.fault({
      path: '/cluster/nextid',
      effect: { kind: 'status', status: 596, message: 'Connection timed out' },
    });
    await double.client.api('GET', '/cluster/nextid', { vmid: 130 });
    const call = (await double.client.calls()).at(-1)!;
    assert.deepEqual(
      [
        call.method,
        call.path,
        call.params,
        call.status,
        call.message,
        call.user,
      ],
      [
        'GET',
        '/cluster/nextid',
        { vmid: '130' },
        596,
        'Connection timed out',
        tokenId,
      ],
    );
    assert.equal(call.fault, fault.id);
  });

  test('hides passwords', async () => {
    await clone(131);
    await double.client.api('PUT', '/nodes/pve1/qemu/131/config', {
      cipassword: 'hunter2',
    });
    const call = (await double.client.calls()).at(-1)!;
    assert.equal(call.params.cipassword, '***');
    const text = await readFile(`${double.folder}/calls.ndjson`, 'utf8');
    assert.ok(!text.includes('hunter2'));
    assert.ok(!text.includes(TOKEN_SECRET));
  });
});
