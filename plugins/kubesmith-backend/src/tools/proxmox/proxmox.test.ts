import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NodeRecord } from '../../database/records';
import { formatMarker } from './marker';
import { provenOurs } from './ownership';
import { ProxmoxClient } from './ProxmoxClient';
import { pveFailure, type PveError } from './PveError';
import type { PveVm } from './types';

describe('ProxmoxClient', () => {
  let server: Server;
  let client: ProxmoxClient;
  let calls: string[];
  let bodies: string[];
  let answer: (request: IncomingMessage, response: ServerResponse) => void;

  beforeEach(async () => {
    calls = [];
    bodies = [];
    server = createServer((request, response) => {
      calls.push(`${request.method} ${request.url}`);
      let body = '';
      request.on('data', chunk => {
        body += chunk;
      });
      request.on('end', () => {
        bodies.push(body);
        answer(request, response);
      });
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    client = await ProxmoxClient.create({
      endpoint: `http://127.0.0.1:${port}`,
      tokenId: 'kubesmith@pve!portal',
      tokenSecret: 'the-secret',
      timeoutMs: 2000,
    });
  });

  afterEach(async () => {
    await client.close();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });

  const json =
    (data: unknown) => (_: IncomingMessage, response: ServerResponse) =>
      response.end(JSON.stringify({ data }));
  const refuse =
    (status: number, reason: string, body = '') =>
    (_: IncomingMessage, response: ServerResponse) => {
      response.writeHead(status, reason);
      response.end(body);
    };
  const failureOf = async (call: Promise<unknown>) => {
    const error = (await call.catch(problem => problem)) as PveError;
    return { error, failure: pveFailure(error).failure };
  };

  it('should list machines with the token and without other guests', async () => {
    let authorization: string | undefined;
    answer = (request, response) => {
      authorization = request.headers.authorization;
      json([
        {
          type: 'qemu',
          vmid: 20000,
          name: 'demo-cp-1',
          node: 'pve1',
          status: 'running',
          pool: 'p',
          lock: 'clone',
          maxmem: 4096,
          mem: 1024,
        },
        {
          type: 'lxc',
          vmid: 7,
          name: 'container',
          node: 'pve1',
          status: 'running',
        },
      ])(request, response);
    };
    expect(await client.vms()).toEqual([
      {
        vmid: 20000,
        name: 'demo-cp-1',
        node: 'pve1',
        status: 'running',
        pool: 'p',
        tags: undefined,
        template: false,
        lock: 'clone',
        memoryMax: 4096,
        memoryUsed: 1024,
      },
    ]);
    expect(calls).toEqual(['GET /api2/json/cluster/resources?type=vm']);
    expect(authorization).toBe('PVEAPIToken=kubesmith@pve!portal=the-secret');
  });

  it('should list the storages that answer', async () => {
    const row = { type: 'storage', node: 'pve1', storage: 'ssd' };
    answer = json([
      { ...row, status: 'available', shared: 1, maxdisk: 500, disk: 100 },
      { ...row, node: 'pve2', status: 'unknown', maxdisk: 500 },
      { ...row, storage: 'empty', status: 'available' },
    ]);
    expect(await client.storages()).toEqual([
      { node: 'pve1', storage: 'ssd', shared: true, total: 500, used: 100 },
    ]);
  });

  it('should repeat a GET that was cut, and never a DELETE', async () => {
    answer = (_, response) => response.destroy();
    const get = await failureOf(client.vms());
    expect(calls).toHaveLength(3);
    expect(get.failure).toMatchObject({
      code: 'KUBESMITH-PVE-UNREACHABLE',
      class: 'transient',
    });
    calls = [];
    const remove = await failureOf(client.deleteVm('pve1', 20000));
    expect(calls).toHaveLength(1);
    expect(remove.failure).toMatchObject({
      code: 'KUBESMITH-PVE-OUTCOME-UNKNOWN',
      class: 'ambiguous',
    });
  });

  it('should send the parameters of a DELETE in the query, without a body', async () => {
    answer = json('UPID:pve1:0:0:0:qmdestroy:1:u:');
    await client.deleteVm('pve1', 1);
    expect(calls).toEqual([
      'DELETE /api2/json/nodes/pve1/qemu/1?purge=1&destroy-unreferenced-disks=1',
    ]);
    expect(bodies).toEqual(['']);
  });

  it.each([
    [401, 'No ticket', '', 'KUBESMITH-PVE-CREDENTIALS', 'permanent'],
    [
      403,
      'Permission check failed (/vms/1, VM.Audit)',
      '',
      'KUBESMITH-PVE-PERMISSION',
      'permanent',
    ],
    [500, 'VM is locked (clone)', '', 'KUBESMITH-PVE-LOCK', 'contention'],
    [
      500,
      "can't lock file '/x' - got timeout",
      '',
      'KUBESMITH-PVE-LOCK',
      'contention',
    ],
    [500, 'out of space', '', 'KUBESMITH-PVE-SPACE', 'permanent'],
    [
      500,
      "can't remove VM 1 - protection mode enabled",
      '',
      'KUBESMITH-MACHINE-PROTECTED',
      'transient',
    ],
    [500, 'internal', '', 'KUBESMITH-PVE-UNREACHABLE', 'transient'],
    [
      400,
      'Parameter verification failed.',
      '{"data":null,"errors":{"newid":"bad"}}',
      'KUBESMITH-PVE-REFUSED',
      'permanent',
    ],
    [596, 'Connection timed out', '', 'KUBESMITH-PVE-HOST-DOWN', 'transient'],
  ])('should class %d %s', async (status, reason, body, code, failureClass) => {
    answer = refuse(status, reason, body);
    const { error, failure } = await failureOf(client.vmConfig('pve1', 1));
    expect(error.status).toBe(status);
    expect(failure).toMatchObject({ code, class: failureClass });
    expect(JSON.stringify(failure)).not.toContain('the-secret');
  });

  it('should know a machine that is gone from any other 500', async () => {
    answer = refuse(
      500,
      "Configuration file 'nodes/pve1/qemu-server/101.conf' does not exist",
    );
    expect(
      (await failureOf(client.vmConfig('pve1', 101))).error.isMissing,
    ).toBe(true);
    answer = refuse(500, 'internal');
    expect(
      (await failureOf(client.vmConfig('pve1', 101))).error.isMissing,
    ).toBe(false);
  });

  it('should fail with the words of a task that failed', async () => {
    answer = json({
      status: 'stopped',
      exitstatus: 'start failed: no memory',
      type: 'qmstart',
      id: '1',
    });
    await expect(
      client.waitForTask('UPID:pve1:0:0:0:qmstart:1:u:', { timeoutMs: 1000 }),
    ).rejects.toThrow('no memory');
  });
});

describe('provenOurs', () => {
  const node: NodeRecord = {
    id: 'n',
    clusterId: '11111111-1111-4111-8111-111111111111',
    name: 'demo-cp-1',
    role: 'control-plane',
    state: 'running',
    vmid: 20000,
    host: 'pve1',
    ipAddress: '10.40.19.201',
    macAddress: '02:4B:53:00:00:01',
    smbiosUuid: '33333333-3333-4333-8333-333333333333',
    vcpu: 2,
    memoryMiB: 2048,
    diskGiB: 20,
    operationId: '22222222-2222-4222-8222-222222222222',
    createdAt: 0,
  };
  const vm: PveVm = {
    vmid: 20000,
    name: 'demo-cp-1',
    node: 'pve1',
    status: 'running',
    pool: 'p',
    template: false,
  };
  const marker = {
    clusterId: node.clusterId,
    nodeName: node.name,
    operationId: node.operationId,
  };
  const config = {
    name: 'demo-cp-1',
    description: formatMarker(marker),
    smbios1: 'base64=1,uuid=33333333-3333-4333-8333-333333333333',
  };

  it('should recognise our machine', () => {
    expect(provenOurs(node, 'p', vm, config)).toEqual({ ours: true });
  });

  it.each([
    ['VMID', { ...vm, vmid: 20001 }, config],
    ['pool', { ...vm, pool: 'other' }, config],
    ['no pool', { ...vm, pool: undefined }, config],
    ['template', { ...vm, template: true }, config],
    ['name', vm, { ...config, name: 'other' }],
    ['no marker', vm, { ...config, description: undefined }],
    [
      'marker with more',
      vm,
      { ...config, description: `${config.description}\nmore` },
    ],
    [
      'cluster',
      vm,
      {
        ...config,
        description: formatMarker({ ...marker, clusterId: node.operationId }),
      },
    ],
    [
      'node',
      vm,
      {
        ...config,
        description: formatMarker({ ...marker, nodeName: 'demo-cp-2' }),
      },
    ],
    [
      'operation',
      vm,
      {
        ...config,
        description: formatMarker({ ...marker, operationId: node.clusterId }),
      },
    ],
    [
      'UUID',
      vm,
      { ...config, smbios1: 'uuid=44444444-4444-4444-8444-444444444444' },
    ],
  ])(
    'should not recognise a machine with another %s',
    (_, otherVm, otherConfig) => {
      expect(provenOurs(node, 'p', otherVm, otherConfig)).toMatchObject({
        ours: false,
      });
    },
  );

  it('should accept the random UUID of a clone that was never configured', () => {
    const halfMade = {
      ...config,
      smbios1: 'uuid=44444444-4444-4444-8444-444444444444',
    };
    expect(
      provenOurs({ ...node, state: 'planned' }, 'p', vm, halfMade),
    ).toEqual({ ours: true });
  });
});
