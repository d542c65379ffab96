import { generateKeyPairSync } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { Server, utils } from 'ssh2';
import type { NodeRecord } from '../../database/records';
import { isPinnedKey, knownHosts, parseHostKey } from './hostKey';
import { publicKeyOf } from './keys';
import { createKubectlRunner } from './kubectl';
import type { SshTarget } from './exec';
import { keyPair } from './__testUtils__/keyPair';
import { SshPool } from './SshPool';

/** A real SSH server (ssh2's), whose commands are simulated by a function. */
class SimulatedSshServer {
  readonly hostKey = keyPair();
  readonly clientKey = keyPair();
  connections = 0;
  readonly #server: Server;

  constructor(
    answer: (
      command: string,
      stdin: string,
    ) => { stdout: string; stderr?: string; code: number },
  ) {
    this.#server = new Server({ hostKeys: [this.hostKey.private] }, client => {
      this.connections++;
      client.on('error', () => {});
      client.on('authentication', context => {
        const expected = utils.parseKey(this.clientKey.public) as {
          getPublicSSH(): Buffer;
        };
        if (
          context.method === 'publickey' &&
          context.key.data.equals(expected.getPublicSSH())
        )
          context.accept();
        else context.reject(['publickey']);
      });
      client.on('session', accept => {
        accept().on('exec', (acceptExec, _reject, { command }) => {
          const channel = acceptExec();
          const parts: Buffer[] = [];
          channel.on('data', (chunk: Buffer) => parts.push(chunk));
          channel.on('end', () => {
            const result = answer(command, Buffer.concat(parts).toString());
            channel.write(result.stdout);
            channel.stderr.write(result.stderr ?? '');
            channel.exit(result.code);
            channel.end();
          });
        });
      });
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>(resolve =>
      this.#server.listen(0, '127.0.0.1', resolve),
    );
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    await new Promise<void>(resolve => this.#server.close(() => resolve()));
  }
}

describe('SshPool', () => {
  let server: SimulatedSshServer;
  let pool: SshPool;
  let target: SshTarget;

  beforeEach(async () => {
    server = new SimulatedSshServer((command, stdin) => ({
      stdout: `${command}|${stdin}`,
      stderr: 'note',
      code: 3,
    }));
    pool = new SshPool();
    target = {
      clusterId: 'c1',
      nodeName: 'demo-cp-1',
      host: '127.0.0.1',
      port: await server.listen(),
      user: 'kubesmith-kubectl',
      privateKey: server.clientKey.private,
      hostKey: parseHostKey(server.hostKey.public)!,
    };
  });

  afterEach(async () => {
    pool.close();
    await server.close();
  });

  it('should return output and exit code, and keep the connection', async () => {
    const options = { stdin: 'body', timeoutMs: 5000 };
    expect(await pool.exec(target, 'one', options)).toEqual({
      stdout: 'one|body',
      stderr: 'note',
      code: 3,
    });
    await pool.exec(target, 'two', options);
    expect(server.connections).toBe(1);
  });

  it('should refuse another host key and send nothing', async () => {
    const other = parseHostKey(keyPair().public)!;
    await expect(
      pool.exec({ ...target, hostKey: other }, 'one', { timeoutMs: 5000 }),
    ).rejects.toMatchObject({
      failure: { code: 'KUBESMITH-HOSTKEY-MISMATCH', class: 'permanent' },
      needsAttention: true,
    });
  });

  it('should say which node refuses the key of another cluster', async () => {
    await expect(
      pool.exec({ ...target, privateKey: keyPair().private }, 'one', {
        timeoutMs: 5000,
      }),
    ).rejects.toMatchObject({
      failure: { code: 'KUBESMITH-NODE-UNREACHABLE', class: 'transient' },
    });
  });

  it('should stop at the output limit', async () => {
    await expect(
      pool.exec(target, 'one', {
        stdin: 'x'.repeat(5000),
        timeoutMs: 5000,
        maxOutputBytes: 1000,
      }),
    ).rejects.toThrow('longer than 1000 bytes');
  });

  it('should connect again after the connection was closed', async () => {
    await pool.exec(target, 'one', { timeoutMs: 5000 });
    pool.closeCluster('c1');
    await pool.exec(target, 'two', { timeoutMs: 5000 });
    expect(server.connections).toBe(2);
  });
});

describe('createKubectlRunner', () => {
  const node = (overrides: Partial<NodeRecord>): NodeRecord => ({
    id: 'n',
    clusterId: 'c1',
    name: 'demo-cp-1',
    role: 'control-plane',
    state: 'running',
    vmid: 20000,
    host: 'pve1',
    ipAddress: '10.40.19.201',
    macAddress: '02:4B:53:00:00:01',
    smbiosUuid: '00000000-0000-4000-8000-000000000001',
    vcpu: 2,
    memoryMiB: 2048,
    diskGiB: 20,
    sshHostKey: 'ssh-ed25519 AAAA',
    operationId: 'o1',
    createdAt: 0,
    ...overrides,
  });

  it('should send the arguments as one JSON array to the control plane', async () => {
    const exec = jest
      .fn()
      .mockResolvedValue({ stdout: '', stderr: '', code: 1 });
    const runner = createKubectlRunner({
      pool: { exec } as unknown as SshPool,
      source: {
        nodes: async () => [
          node({ name: 'demo-w-1', role: 'worker' }),
          node({}),
        ],
        privateKey: async () => 'key',
      },
    });
    const argv = ['get', 'pods', "-l=a='b c'; $(id)"];
    expect(
      await runner.run('c1', argv, { stdin: 'x', timeoutMs: 1000 }),
    ).toMatchObject({ code: 1 });
    const [sent, command, options] = exec.mock.calls[0];
    expect(sent).toMatchObject({
      host: '10.40.19.201',
      user: 'kubesmith-kubectl',
      privateKey: 'key',
    });
    expect(JSON.parse(command)).toEqual(argv);
    expect(options).toMatchObject({ stdin: 'x' });
  });

  it('should fail when no control plane has a pinned key', async () => {
    const runner = createKubectlRunner({
      pool: {} as SshPool,
      source: {
        nodes: async () => [node({ sshHostKey: undefined })],
        privateKey: async () => 'key',
      },
    });
    await expect(runner.run('c1', [], { timeoutMs: 1 })).rejects.toMatchObject({
      failure: { code: 'KUBESMITH-NODE-UNREACHABLE' },
    });
  });
});

describe('host keys', () => {
  it('should take type and key from what the guest returned, and nothing else', () => {
    const { public: text } = keyPair();
    expect(parseHostKey(`${text} root@demo\n`)).toBe(
      text.split(' ').slice(0, 2).join(' '),
    );
    expect(parseHostKey('ssh-ed25519 AAAAB3NzaC1yc2E=')).toBeUndefined();
    expect(parseHostKey(`${text}\n10.0.0.1 ${text}`)).toBeUndefined();
    expect(parseHostKey('')).toBeUndefined();
  });

  it('should compare bytes', () => {
    const pinned = parseHostKey(keyPair().public)!;
    expect(
      isPinnedKey(pinned, Buffer.from(pinned.split(' ')[1], 'base64')),
    ).toBe(true);
    expect(isPinnedKey(pinned, Buffer.from('other'))).toBe(false);
    expect(knownHosts([{ address: '10.40.19.201', hostKey: pinned }])).toBe(
      `10.40.19.201 ${pinned}\n`,
    );
  });

  it('should derive the public half of an OpenSSH key', () => {
    const key = keyPair();
    expect(publicKeyOf(key.private)).toBe(
      key.public.split(' ').slice(0, 2).join(' '),
    );
    const pem = generateKeyPairSync('ed25519')
      .privateKey.export({ format: 'pem', type: 'pkcs8' })
      .toString();
    expect(() => publicKeyOf(pem)).toThrow('cannot be read');
  });
});
