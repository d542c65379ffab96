import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { neighbourOf } from './neighbours';
import { createAddressProbe } from './probeAddress';

/** In 192.0.2.0/24, which no network has: connections are neither accepted nor refused, at most reported as impossible. */
const NOBODY = '192.0.2.77';

describe('createAddressProbe', () => {
  let server: Server;
  let open: number;
  let closed: number;

  beforeAll(async () => {
    const listen = async () => {
      const made = createServer(socket => socket.end());
      await new Promise<void>(done => made.listen(0, '127.0.0.1', done));
      return made;
    };
    server = await listen();
    open = (server.address() as AddressInfo).port;
    const other = await listen();
    closed = (other.address() as AddressInfo).port;
    await new Promise(done => other.close(done));
  });

  afterAll(async () => {
    await new Promise(done => server.close(done));
  });

  const probe = (
    ports: { ssh: number; apiServer: number },
    neighbour?: string,
  ) =>
    createAddressProbe({
      ports,
      timeoutMs: 300,
      neighbour: async () => neighbour,
    });

  it('finds a host that accepts or refuses SSH', async () => {
    await expect(
      probe({ ssh: open, apiServer: closed })('127.0.0.1'),
    ).resolves.toBe(`answers on port ${open}`);
    await expect(
      probe({ ssh: closed, apiServer: closed })('127.0.0.1'),
    ).resolves.toBe(`answers on port ${closed}`);
  });

  it('finds nobody where nobody answers, in bounded time', async () => {
    const begun = performance.now();
    await expect(
      probe({ ssh: open, apiServer: open })(NOBODY),
    ).resolves.toBeUndefined();
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  it('finds a host whose firewall hides it, by what the local network knows', async () => {
    const hidden = probe({ ssh: open, apiServer: open }, '0A:00:00:00:00:01');
    await expect(hidden(NOBODY)).resolves.toBe(
      'is used by the device 0A:00:00:00:00:01',
    );
    await expect(
      hidden(NOBODY, { ours: mac => mac.startsWith('0A:') }),
    ).resolves.toBeUndefined();
  });

  it('ends when it is told to', async () => {
    const reason = new Error('cancelled');
    await expect(
      probe({ ssh: open, apiServer: open })(NOBODY, {
        signal: AbortSignal.abort(reason),
      }),
    ).rejects.toBe(reason);
  });
});

describe('neighbourOf', () => {
  let folder: string;
  let file: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubesmith-arp-'));
    file = join(folder, 'arp');
    await writeFile(
      file,
      [
        'IP address       HW type     Flags       HW address            Mask     Device',
        '10.40.19.202     0x1         0x2         0a:58:0a:28:13:ca     *        br0',
        '10.40.19.203     0x1         0x0         00:00:00:00:00:00     *        br0',
        '10.40.19.20      0x1         0x6         0a:58:0a:28:13:14     *        br0',
        '',
      ].join('\n'),
    );
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  it.each([
    ['10.40.19.202', '0A:58:0A:28:13:CA'],
    ['10.40.19.20', '0A:58:0A:28:13:14'],
    ['10.40.19.203', undefined],
    ['10.40.19.2', undefined],
  ])('reads who answered for %s', async (address, mac) => {
    await expect(neighbourOf(address, file)).resolves.toBe(mac);
  });

  it('knows nobody on a system without the list', async () => {
    await expect(
      neighbourOf('10.40.19.202', join(folder, 'none')),
    ).resolves.toBeUndefined();
  });
});
