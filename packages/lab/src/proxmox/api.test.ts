import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { connect } from 'node:tls';
import { POOL } from './testing/datacenter.ts';
import { startTestDouble, type TestDouble } from './testing/double.ts';

let double: TestDouble;
before(async () => {
  double = await startTestDouble();
});
after(() => double.close());

const VM = '/nodes/pve1/qemu';
const clone = (newid: number, params: Record<string, string> = {}) =>
  double.client.ok('POST', `${VM}/9000/clone`, {
    newid,
    pool: POOL,
    ...params,
  });
const refusal = async (
  method: string,
  path: string,
  params: Record<string, string | number> = {},
) => {
  const { status, reason } = await double.client.api(method, path, params);
  return [status, reason];
};
/** Result of the task that a call starts. */
const outcome = async (
  method: string,
  path: string,
  params: Record<string, string | number> = {},
): Promise<string> => {
  const { data, reason } = await double.client.api(method, path, params);
  assert.match(String(data), /^UPID:/, reason);
  return (await double.client.task(data)).exitstatus;
};
const config = (vmid: number) =>
  double.client.ok('GET', `${VM}/${vmid}/config`);

describe('pveproxy', () => {
  test('speaks TLS 1.3 and nothing older', async () => {
    const { port } = new URL(double.endpoint);
    const handshake = (version: 'TLSv1.2' | 'TLSv1.3') =>
      new Promise<string | null>((resolve, reject) => {
        const socket = connect(
          {
            host: '127.0.0.1',
            port: Number(port),
            ca: double.certificates.authority,
            minVersion: version,
            maxVersion: version,
          },
          () => {
            resolve(socket.getProtocol());
            socket.destroy();
          },
        );
        socket.on('error', reject);
      });
    assert.equal(await handshake('TLSv1.3'), 'TLSv1.3');
    await assert.rejects(handshake('TLSv1.2'));
  });

  test('an unknown path or method is 501, not 404', async () => {
    assert.deepEqual(await refusal('GET', '/nowhere'), [
      501,
      "Method 'GET /nowhere' not implemented",
    ]);
    assert.deepEqual(await refusal('POST', `${VM}/9000/move_disk`), [
      501,
      "Method 'POST /nodes/pve1/qemu/9000/move_disk' not implemented",
    ]);
  });

  test('a DELETE with a body is 501', async () => {
    const { status, reason } = await double.client.send(
      'DELETE',
      '/api2/json/pools',
      'poolid=x',
      'application/x-www-form-urlencoded',
    );
    assert.deepEqual(
      [status, reason],
      [501, "Unexpected content for method 'DELETE'"],
    );
  });

  test('a form parameter that contradicts the path is refused', async () => {
    const { status, text } = await double.client.api(
      'PUT',
      `${VM}/9000/config`,
      {
        vmid: 9001,
      },
    );
    assert.equal(status, 400);
    assert.match(text, /duplicate parameter/);
  });

  test('a JSON body is as good as a form', async () => {
    await clone(150);
    const { status } = await double.client.send(
      'PUT',
      `/api2/json${VM}/150/config`,
      JSON.stringify({ cores: 3 }),
      'application/json',
    );
    assert.equal(status, 200);
    assert.equal((await config(150)).cores, 3);
  });

  test('a machine that is not on that host is 500, not 404', async () => {
    await clone(151);
    assert.deepEqual(await refusal('GET', '/nodes/pve2/qemu/151/config'), [
      500,
      "Configuration file 'nodes/pve2/qemu-server/151.conf' does not exist",
    ]);
  });

  test('a host that is down is 595 without a body, after privileges were checked', async () => {
    await double.client.lab('PUT', 'hosts/pve3', { down: true });
    const answer = await double.client.api('GET', '/nodes/pve3/status');
    const forbidden = await double.client.api(
      'GET',
      '/nodes/pve3/qemu/1/config',
    );
    const [, , host] = await double.client.ok('GET', '/nodes');
    await double.client.lab('PUT', 'hosts/pve3', { down: false });
    assert.deepEqual(
      [answer.status, answer.reason, answer.text],
      [595, 'No route to host', ''],
    );
    assert.equal(forbidden.status, 403);
    assert.equal(host.status, 'offline');
  });
});

describe('clone', () => {
  test('the copy gets new MAC, UUID and generation, and its own volumes', async () => {
    await clone(201, { name: 'demo-cp-1', description: 'line\n' });
    const copy = await config(201);
    const original = await config(9000);
    assert.equal(copy.name, 'demo-cp-1');
    assert.equal(copy.description, 'line');
    assert.equal(copy.template, undefined);
    assert.equal(copy.lock, undefined);
    assert.equal(
      copy.scsi0,
      'shared-ssd:base-9000-disk-0/vm-201-disk-0,size=10G',
    );
    assert.equal(copy.ide2, 'shared-ssd:vm-201-cloudinit,media=cdrom');
    for (const key of ['smbios1', 'vmgenid', 'net0']) {
      assert.notEqual(copy[key], original[key]);
    }
    assert.match(copy.net0, /^virtio=BC:24:11(:[0-9A-F]{2}){3},bridge=vmbr0$/);
  });

  test("while it runs the new machine is locked, on the template's host, in no pool and thus out of sight", async () => {
    await double.client.fault({
      path: '/nodes/*/qemu/*/clone',
      effect: { kind: 'slow-task', ms: 300 },
    });
    const { data } = await double.client.api('POST', `${VM}/9000/clone`, {
      newid: 202,
      pool: POOL,
      target: 'pve2',
    });
    const half = (await double.client.lab('GET', 'state')).vms.find(
      (vm: any) => vm.vmid === 202,
    );
    assert.deepEqual(
      [half.config, half.node, half.pool],
      [{ lock: 'clone' }, 'pve1', undefined],
    );
    assert.equal((await refusal('GET', `${VM}/202/config`))[0], 403);
    assert.equal(
      (await refusal('GET', '/cluster/nextid', { vmid: 202 }))[0],
      400,
    );
    assert.equal((await double.client.task(data)).exitstatus, 'OK');
    const whole = await double.client.ok('GET', '/nodes/pve2/qemu/202/config');
    assert.equal(whole.lock, undefined);
  });

  test('of a VMID that is taken is refused at once', async () => {
    await double.client.lab('POST', 'strangers', { vmid: 203 });
    assert.deepEqual(
      await refusal('POST', `${VM}/9000/clone`, { newid: 203, pool: POOL }),
      [500, 'unable to create VM 203: config file already exists'],
    );
  });

  test('with a storage is refused when it is a linked one', async () => {
    assert.deepEqual(
      await refusal('POST', `${VM}/9000/clone`, {
        newid: 204,
        pool: POOL,
        full: 0,
        storage: 'shared-ssd',
      }),
      [500, "parameter 'storage' not allowed for linked clones"],
    );
  });

  test('into a pool that does not exist is refused', async () => {
    const [status] = await refusal('POST', `${VM}/9000/clone`, {
      newid: 204,
      pool: 'nobody',
    });
    assert.equal(status, 403);
  });

  test('with a bad name or number is 400 with a text for each parameter', async () => {
    const { status, text } = await double.client.api(
      'POST',
      `${VM}/9000/clone`,
      { newid: 20, name: 'a_b', colour: 'red', pool: POOL },
    );
    assert.equal(status, 400);
    assert.deepEqual(Object.keys(JSON.parse(text).errors).sort(), [
      'colour',
      'name',
      'newid',
    ]);
  });

  test('a full one has a disk of its own', async () => {
    await clone(205, { full: '1' });
    assert.equal(
      (await config(205)).scsi0,
      'shared-ssd:vm-205-disk-0,size=10G',
    );
  });
});

describe('stored configuration', () => {
  const change = (params: Record<string, string | number>) =>
    double.client.ok('PUT', `${VM}/301/config`, params);
  before(() => clone(301));

  test('a cloud-init drive is stored as a volume of its own', async () => {
    await change({ ide2: 'file=shared-ssd:cloudinit,' });
    assert.equal(
      (await config(301)).ide2,
      'shared-ssd:vm-301-cloudinit,media=cdrom,size=4M',
    );
  });

  test("a drive keeps its volume's size whatever was sent, and its options in order", async () => {
    await change({
      scsi0:
        'file=shared-ssd:base-9000-disk-0/vm-301-disk-0,size=1,ssd=0,aio=io_uring',
    });
    assert.equal(
      (await config(301)).scsi0,
      'shared-ssd:base-9000-disk-0/vm-301-disk-0,aio=io_uring,size=10G,ssd=0',
    );
  });

  test('a new disk is asked for by its size in GiB', async () => {
    await change({ scsi1: 'shared-ssd:5' });
    assert.equal((await config(301)).scsi1, 'shared-ssd:vm-301-disk-1,size=5G');
  });

  test('a network card begins with its model and MAC address', async () => {
    await change({
      net0: 'model=virtio,bridge=vmbr0,firewall=0,macaddr=BC:24:11:00:00:11',
    });
    assert.equal(
      (await config(301)).net0,
      'virtio=BC:24:11:00:00:11,bridge=vmbr0,firewall=0',
    );
  });

  test('a VLAN needs SDN.Use below the bridge, which is inherited from it', async () => {
    await change({ net0: 'virtio,bridge=vmbr0,tag=77' });
    assert.match((await config(301)).net0, /^virtio=BC:24:11.*,tag=77$/);
    assert.deepEqual(
      await refusal('PUT', `${VM}/301/config`, { net0: 'virtio,bridge=vmbr9' }),
      [403, 'Permission check failed (/sdn/zones/localnetwork/vmbr9, SDN.Use)'],
    );
  });

  test('numbers come back as numbers, memory and SSH keys as they were sent', async () => {
    await change({ cores: 4, memory: 4096, sshkeys: 'ssh-ed25519%20A%20b' });
    const { cores, memory, sshkeys } = await config(301);
    assert.deepEqual(
      [cores, memory, sshkeys],
      [4, '4096', 'ssh-ed25519%20A%20b'],
    );
  });

  test('removing what is not there is fine, what is unknown is not', async () => {
    await change({ delete: 'net1,net2,serial3' });
    assert.deepEqual(
      await refusal('PUT', `${VM}/301/config`, { delete: 'nothing' }),
      [400, 'Parameter verification failed.'],
    );
    assert.deepEqual(await refusal('PUT', `${VM}/301/config`, { nothing: 1 }), [
      400,
      'Parameter verification failed.',
    ]);
  });

  test('a digest of older days is refused', async () => {
    const { digest } = await config(301);
    await change({ cores: 5, digest });
    assert.deepEqual(
      await refusal('PUT', `${VM}/301/config`, { cores: 6, digest }),
      [500, 'checksum mismatch (file change by other user?)'],
    );
  });

  test('a locked machine is not changed', async () => {
    await double.client.lab('PATCH', 'vms/301', { lock: 'backup' });
    assert.deepEqual(await refusal('PUT', `${VM}/301/config`, { cores: 2 }), [
      500,
      'VM is locked (backup)',
    ]);
    await double.client.lab('PATCH', 'vms/301', { lock: null });
  });

  test('a running machine takes tags at once and memory at its next start', async () => {
    await double.client.ok('POST', `${VM}/301/status/start`);
    await change({ memory: 8192, tags: 'a;b', name: 'renamed' });
    const pending = await double.client.ok('GET', `${VM}/301/pending`);
    const row = (key: string) => pending.find((r: any) => r.key === key);
    assert.deepEqual(row('memory'), {
      key: 'memory',
      value: '4096',
      pending: '8192',
    });
    assert.deepEqual(row('tags'), { key: 'tags', value: 'a;b' });
    assert.equal((await config(301)).memory, '8192');
    const current = await double.client.ok('GET', `${VM}/301/config`, {
      current: 1,
    });
    assert.equal(current.memory, '4096');
    await double.client.ok('POST', `${VM}/301/status/reboot`);
    assert.equal(double.driver.hosts.get(301)!.spec.memoryMiB, 8192);
  });

  test('a disk grows, by bytes or by units, and never shrinks', async () => {
    const resize = (size: string) =>
      outcome('PUT', `${VM}/301/resize`, { disk: 'scsi0', size });
    assert.equal(await resize('32212254720'), 'OK');
    assert.match((await config(301)).scsi0, /size=30G/);
    assert.equal(await resize('+2G'), 'OK');
    assert.match((await config(301)).scsi0, /size=32G/);
    assert.equal(await resize('1G'), 'shrinking disks is not supported');
    const volume = await double.client.ok(
      'GET',
      `/nodes/pve1/storage/shared-ssd/content/${encodeURIComponent(
        'shared-ssd:base-9000-disk-0/vm-301-disk-0',
      )}`,
    );
    assert.equal(volume.size, 32 * 1024 ** 3);
  });
});

describe('power', () => {
  before(() => clone(401));

  test("the state is the real host's, not what was last asked for", async () => {
    const status = () => double.client.ok('GET', `${VM}/401/status/current`);
    assert.equal((await status()).status, 'stopped');
    await double.client.ok('POST', `${VM}/401/status/start`);
    assert.equal((await status()).status, 'running');
    await double.driver.stop(401);
    assert.equal((await status()).status, 'stopped');
  });

  test('starting twice fails in the task, not in the call', async () => {
    assert.equal(await outcome('POST', `${VM}/401/status/start`), 'OK');
    assert.equal(
      await outcome('POST', `${VM}/401/status/start`),
      'VM 401 already running',
    );
  });

  test('a bridge that does not exist is noticed when the machine starts', async () => {
    await clone(402);
    await double.client.ok('PUT', `${VM}/402/config`, {
      net0: 'virtio,bridge=vmbr1',
    });
    assert.equal(
      await outcome('POST', `${VM}/402/status/start`),
      "bridge 'vmbr1' does not exist",
    );
  });

  test('a running machine is not destroyed, a protected one neither', async () => {
    assert.deepEqual(await refusal('DELETE', `${VM}/401`), [
      500,
      'VM 401 is running - destroy failed',
    ]);
    await double.client.ok('POST', `${VM}/401/status/stop`);
    await double.client.ok('PUT', `${VM}/401/config`, { protection: 1 });
    assert.deepEqual(await refusal('DELETE', `${VM}/401`), [
      500,
      "can't remove VM 401 - protection mode enabled",
    ]);
    await double.client.ok('PUT', `${VM}/401/config`, { delete: 'protection' });
  });

  test('a locked machine is neither stopped nor destroyed: the tasks fail', async () => {
    await double.client.lab('PATCH', 'vms/401', { lock: 'backup' });
    assert.equal(
      await outcome('POST', `${VM}/401/status/stop`),
      'VM is locked (backup)',
    );
    assert.equal(
      await outcome('DELETE', `${VM}/401/`),
      'VM is locked (backup)',
    );
    await double.client.lab('PATCH', 'vms/401', { lock: null });
  });

  test('a destroyed machine is gone with its host; asking for it is 403, as its pool no longer speaks for it', async () => {
    assert.equal(
      await outcome('DELETE', `${VM}/401/`, {
        purge: 1,
        'destroy-unreferenced-disks': 1,
      }),
      'OK',
    );
    assert.equal(double.driver.hosts.has(401), false);
    assert.deepEqual(await refusal('GET', `${VM}/401/status/current`), [
      403,
      'Permission check failed (/vms/401, VM.Audit)',
    ]);
    assert.equal(
      await double.client.ok('GET', '/cluster/nextid', { vmid: 401 }),
      '401',
    );
  });
});

describe('guest agent', () => {
  const agent = `${VM}/501/agent`;
  before(() => clone(501));

  test('refusals come in the order: not configured, not running, not up yet', async () => {
    await double.client.ok('PUT', `${VM}/501/config`, { agent: '0' });
    assert.deepEqual(await refusal('POST', `${agent}/ping`), [
      500,
      'No QEMU guest agent configured',
    ]);
    await double.client.ok('PUT', `${VM}/501/config`, {
      agent: 'enabled=1,fstrim_cloned_disks=0,type=virtio',
    });
    assert.deepEqual(await refusal('POST', `${agent}/ping`), [
      500,
      'VM 501 is not running',
    ]);
  });

  test('a running host answers with its own addresses, name and files', async () => {
    await double.client.ok('PUT', `${VM}/501/config`, {
      ipconfig0: 'gw=10.40.19.254,ip=10.40.19.201/24',
      name: 'demo-cp-1',
    });
    await double.client.ok('POST', `${VM}/501/status/start`);
    double.driver.files.set('/etc/ssh/key.pub', 'ssh-ed25519 AAAA root@demo');
    assert.deepEqual(
      (await double.client.ok('POST', `${agent}/ping`)).result,
      {},
    );
    const { result } = await double.client.ok(
      'GET',
      `${agent}/network-get-interfaces`,
    );
    assert.equal(result[0].name, 'lo');
    assert.deepEqual(result[1]['ip-addresses'], [
      {
        'ip-address-type': 'ipv4',
        'ip-address': '10.40.19.201',
        prefix: 24,
      },
    ]);
    const name = await double.client.ok('GET', `${agent}/get-host-name`);
    assert.deepEqual(name.result, { 'host-name': 'demo-cp-1' });
    const os = await double.client.ok('GET', `${agent}/get-osinfo`);
    assert.equal(os.result.id, 'debian');
    assert.deepEqual(
      await double.client.ok('GET', `${agent}/file-read`, {
        file: '/etc/ssh/key.pub',
      }),
      { content: 'ssh-ed25519 AAAA root@demo', 'bytes-read': 26 },
    );
    const missing = await double.client.api('GET', `${agent}/file-read`, {
      file: '/nothing',
    });
    assert.equal(missing.status, 500);
    assert.match(missing.reason, /^Agent error: /);
  });

  test('a read is cut at the count and says so', async () => {
    assert.deepEqual(
      await double.client.ok('GET', `${agent}/file-read`, {
        file: '/etc/ssh/key.pub',
        count: 11,
      }),
      { content: 'ssh-ed25519', 'bytes-read': 11, truncated: 1 },
    );
  });
});

describe('pools', () => {
  test('a pool that has members is not deleted', async () => {
    await double.client.lab('PUT', 'roles/KubesmithNodes', {
      privileges: [
        ...(await double.client.lab('GET', 'state')).roles.KubesmithNodes,
        'Pool.Allocate',
      ],
    });
    await clone(601);
    const [status, reason] = await refusal('DELETE', '/pools', {
      poolid: POOL,
    });
    assert.equal(status, 500);
    assert.match(
      String(reason),
      /^delete pool failed: pool '.*' is not empty \(contains VM \d+\)$/,
    );
    assert.equal(
      await double.client.ok('DELETE', '/pools', {
        poolid: 'kubesmith-research',
      }),
      null,
    );
  });

  test('a single pool comes as an array of one with its members', async () => {
    const [pool, ...rest] = await double.client.ok('GET', '/pools', {
      poolid: POOL,
    });
    assert.equal(rest.length, 0);
    assert.ok(pool.members.some((member: any) => member.id === 'qemu/601'));
    assert.deepEqual(await refusal('GET', '/pools', { poolid: 'none' }), [
      500,
      "pool 'none' does not exist",
    ]);
  });
});

describe('snapshots', () => {
  const list = async (vmid: number) =>
    double.client.ok('GET', `${VM}/${vmid}/snapshot`);

  test('one is taken of a running machine, and gone back to with the configuration of then', async () => {
    await double.client.task(await clone(160));
    await outcome('POST', `${VM}/160/status/start`);
    const snapshot = { snapname: 'before', description: 'kubesmith' };
    assert.equal(await outcome('POST', `${VM}/160/snapshot`, snapshot), 'OK');
    assert.deepEqual(
      (await list(160)).map(({ name, description, running, parent }: any) => ({
        name,
        description,
        running,
        parent,
      })),
      [
        {
          name: 'before',
          description: 'kubesmith',
          running: undefined,
          parent: undefined,
        },
        {
          name: 'current',
          description: 'You are here!',
          running: 1,
          parent: 'before',
        },
      ],
    );
    await double.client.ok('PUT', `${VM}/160/config`, { tags: 'later' });
    assert.equal((await config(160)).tags, 'later');
    assert.equal(
      await outcome('POST', `${VM}/160/snapshot/before/rollback`),
      'OK',
    );
    assert.notEqual((await config(160)).tags, 'later');
    const status = await double.client.ok('GET', `${VM}/160/status/current`);
    assert.equal(status.status, 'stopped');
    assert.equal(await outcome('DELETE', `${VM}/160/snapshot/before`), 'OK');
    assert.equal((await list(160)).length, 1);
  });

  test('a name is taken once, has the form of one, and one that there is not is an error', async () => {
    await double.client.task(await clone(161));
    await outcome('POST', `${VM}/161/snapshot`, { snapname: 'a1' });
    assert.match(
      await outcome('POST', `${VM}/161/snapshot`, { snapname: 'a1' }),
      /already used/,
    );
    assert.equal(
      (await refusal('POST', `${VM}/161/snapshot`, { snapname: '1 a' }))[0],
      400,
    );
    assert.deepEqual(await refusal('POST', `${VM}/161/snapshot/x/rollback`), [
      500,
      "snapshot 'x' does not exist",
    ]);
  });

  test('what fails leaves no snapshot and no lock', async () => {
    await double.client.task(await clone(162));
    await double.client.fault({
      path: '/nodes/*/qemu/*/snapshot',
      effect: { kind: 'fail-task', message: 'out of space' },
    });
    assert.match(
      await outcome('POST', `${VM}/162/snapshot`, { snapname: 'a1' }),
      /out of space/,
    );
    assert.equal((await list(162)).length, 1);
    assert.equal((await config(162)).lock, undefined);
  });
});
