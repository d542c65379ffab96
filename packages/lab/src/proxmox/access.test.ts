import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Access } from './access.ts';
import { leastPrivilege, tokenId } from './leastPrivilege.ts';
import type { AccessOptions } from './options.ts';
import { isOwnAddress } from './ownAddress.ts';
import { optionPrivileges } from './privilegeTable.ts';
import type { State } from './state.ts';
import { POOL, TOKEN_SECRET } from './testing/datacenter.ts';
import { startTestDouble, type TestDouble } from './testing/double.ts';

const stateWith = (pools: Record<number, string>) =>
  ({
    vms: new Map(
      Object.entries(pools).map(([id, pool]) => [Number(id), { pool }]),
    ),
    sortedVms: () =>
      Object.entries(pools).map(([id, pool]) => ({ vmid: Number(id), pool })),
  } as unknown as State);

const options = (acl: AccessOptions['acl']): AccessOptions => ({
  users: ['a@pve'],
  tokens: [
    { id: 'a@pve!own', secret: 's1', privilegeSeparation: true },
    { id: 'a@pve!same', secret: 's2', privilegeSeparation: false },
  ],
  roles: {
    Audit: ['VM.Audit'],
    Power: ['VM.PowerMgmt'],
    Both: ['VM.Audit', 'VM.PowerMgmt'],
  },
  acl,
});
const both = (path: string, role: string) =>
  ['a@pve', 'a@pve!own'].map(subject => ({ path, subject, role }));

describe('permissions as pve-access-control computes them', () => {
  const names = (access: Access, subject: string, path: string) =>
    [...access.permissions(subject, path).keys()].sort();

  test('a token with privilege separation has what it and its user both have', () => {
    const access = new Access(
      options([
        { path: '/vms', subject: 'a@pve', role: 'Audit' },
        { path: '/vms', subject: 'a@pve!own', role: 'Both' },
      ]),
      stateWith({}),
    );
    assert.deepEqual(names(access, 'a@pve!own', '/vms/101'), ['VM.Audit']);
  });

  test('a token without privilege separation has what its user has', () => {
    const access = new Access(
      options([{ path: '/', subject: 'a@pve', role: 'Both' }]),
      stateWith({}),
    );
    assert.deepEqual(names(access, 'a@pve!same', '/vms/101'), [
      'VM.Audit',
      'VM.PowerMgmt',
    ]);
  });

  test('a nearer entry replaces those above it', () => {
    const access = new Access(
      options([...both('/vms', 'Both'), ...both('/vms/101', 'Audit')]),
      stateWith({}),
    );
    assert.deepEqual(names(access, 'a@pve!own', '/vms/101'), ['VM.Audit']);
    assert.equal(names(access, 'a@pve!own', '/vms/102').length, 2);
  });

  test('an entry without propagation holds on its own path only', () => {
    const access = new Access(
      options(both('/vms', 'Both').map(e => ({ ...e, propagate: false }))),
      stateWith({}),
    );
    assert.deepEqual(names(access, 'a@pve!own', '/vms/101'), []);
    assert.equal(names(access, 'a@pve!own', '/vms').length, 2);
  });

  test('a machine inherits from its pool, and only from its own', () => {
    const access = new Access(
      options(both('/pool/ours', 'Both')),
      stateWith({ 101: 'ours', 102: 'theirs' }),
    );
    assert.equal(names(access, 'a@pve!own', '/vms/101').length, 2);
    assert.deepEqual(names(access, 'a@pve!own', '/vms/102'), []);
  });

  test('root@pam may do anything', () => {
    const access = new Access(options([]), stateWith({}));
    assert.ok(access.has('root@pam', '/vms/1', 'VM.Audit', 'VM.PowerMgmt'));
  });

  test('an entry for a role that does not exist is refused at the start', () => {
    assert.throws(
      () => new Access(options(both('/', 'Missing')), stateWith({})),
      /names no role: Missing/,
    );
  });
});

describe('privileges over the API', () => {
  let double: TestDouble;
  before(async () => {
    double = await startTestDouble({ unauthorizedDelayMs: 200 });
  });
  after(() => double.close());

  test('no token: 401 "No ticket", no JSON body, late', async () => {
    const begun = performance.now();
    const answer = await double.clientWith().api('GET', '/version');
    assert.deepEqual(
      [answer.status, answer.reason, answer.text],
      [401, 'No ticket', ''],
    );
    assert.ok(performance.now() - begun >= 190);
  });

  test('a wrong secret: 401 "Authentication failed!"', async () => {
    const answer = await double
      .clientWith(`${tokenId}=wrong`)
      .api('GET', '/version');
    assert.deepEqual(
      [answer.status, answer.reason],
      [401, 'Authentication failed!'],
    );
  });

  test('a path that the token may not touch: 403 names path and privilege', async () => {
    const answer = await double.client.api(
      'POST',
      '/nodes/pve1/qemu/9000/status/start',
    );
    assert.equal(answer.status, 403);
    assert.equal(
      answer.reason,
      'Permission check failed (/vms/9000, VM.PowerMgmt)',
    );
    assert.deepEqual(JSON.parse(answer.text), {
      data: null,
      message: `${answer.reason}\n`,
    });
  });

  test('a clone outside of the pools: 403 without a path, as alternatives were tried', async () => {
    const answer = await double.client.api(
      'POST',
      '/nodes/pve1/qemu/9000/clone',
      { newid: 500 },
    );
    assert.deepEqual(
      [answer.status, answer.reason],
      [403, 'Permission check failed'],
    );
  });

  test("a stranger's machine is left out of lists, refused by number, and its VMID is known to be taken", async () => {
    await double.client.lab('POST', 'strangers', { vmid: 777 });
    const rows = await double.client.ok('GET', '/cluster/resources', {
      type: 'vm',
    });
    assert.deepEqual(
      rows.map((row: any) => row.vmid),
      [9000, 9001],
    );
    const config = await double.client.api(
      'GET',
      '/nodes/pve1/qemu/777/config',
    );
    assert.equal(config.status, 403);
    const next = await double.client.api('GET', '/cluster/nextid', {
      vmid: 777,
    });
    assert.equal(next.reason, 'Parameter verification failed.');
    assert.deepEqual(JSON.parse(next.text).errors, {
      vmid: 'VM 777 already exists',
    });
  });

  test('GET /access/permissions shows the own rights by path', async () => {
    const permissions = await double.client.ok('GET', '/access/permissions');
    assert.deepEqual(
      Object.keys(permissions[`/pool/${POOL}`]).sort(),
      [...leastPrivilege.roles.KubesmithNodes!].sort(),
    );
    assert.deepEqual(permissions['/nodes'], { 'Sys.Audit': 1 });
    assert.equal(permissions['/'], undefined);
  });

  test('each option that is set needs its own privilege', async () => {
    await double.client.ok('POST', '/nodes/pve1/qemu/9000/clone', {
      newid: 600,
      pool: POOL,
    });
    const nodes = leastPrivilege.roles.KubesmithNodes!;
    const samples: Record<string, string> = {
      'VM.Config.CPU': 'cores=4',
      'VM.Config.Memory': 'memory=4096',
      'VM.Config.HWType': 'vga=serial0',
      'VM.Config.Options': 'onboot=1',
      'VM.Config.Disk': 'boot=order=scsi0',
    };
    assert.deepEqual(
      Object.keys(samples).sort(),
      Object.keys(optionPrivileges).sort(),
    );
    for (const [privilege, sample] of Object.entries(samples)) {
      await double.client.lab('PUT', 'roles/KubesmithNodes', {
        privileges: nodes.filter(kept => kept !== privilege),
      });
      const [option, ...value] = sample.split('=');
      const refused = await double.client.api(
        'PUT',
        '/nodes/pve1/qemu/600/config',
        { [option!]: value.join('=') },
      );
      assert.equal(
        refused.reason,
        `Permission check failed (/vms/600, ${privilege})`,
      );
    }
    await double.client.lab('PUT', 'roles/KubesmithNodes', {
      privileges: nodes,
    });
  });

  test('options that are for root only are refused to everybody else', async () => {
    const { status, reason } = await double.client.api(
      'PUT',
      '/nodes/pve1/qemu/600/config',
      { args: '-S' },
    );
    assert.deepEqual(
      [status, reason],
      [500, "only root can set 'args' config"],
    );
  });

  test('a host without Sys.Audit on it is listed without figures', async () => {
    await double.client.lab('PUT', 'roles/KubesmithHosts', { privileges: [] });
    const [host] = await double.client.ok('GET', '/nodes');
    const status = await double.client.api('GET', '/nodes/pve1/status');
    await double.client.lab('PUT', 'roles/KubesmithHosts', {
      privileges: ['Sys.Audit'],
    });
    assert.equal(host.maxmem, undefined);
    assert.equal(
      status.reason,
      'Permission check failed (/nodes/pve1, Sys.Audit)',
    );
  });

  test('the token secret is in no log and no state file', async () => {
    const { readFile } = await import('node:fs/promises');
    for (const file of ['calls.ndjson', 'state.json']) {
      const text = await readFile(`${double.folder}/${file}`, 'utf8');
      assert.ok(text.length > 0);
      assert.ok(!text.includes(TOKEN_SECRET));
    }
  });
});

test('the controls are for addresses of this machine only', async () => {
  assert.equal(await isOwnAddress('127.0.0.1'), true);
  assert.equal(await isOwnAddress('::ffff:127.0.0.1'), true);
  // TEST-NET-1: nobody has it.
  assert.equal(await isOwnAddress('192.0.2.1'), false);
});
