import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseHostKey } from '../ssh/hostKey';
import { ProxmoxClient } from './ProxmoxClient';

const MIB = 1024 * 1024;

describe('the answers of a guest that means ill, through Proxmox', () => {
  let answer: (response: ServerResponse) => void;
  let server: Server;
  let client: ProxmoxClient;

  beforeEach(async () => {
    server = createServer((_request, response) => answer(response));
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    client = await ProxmoxClient.create({
      endpoint: `http://127.0.0.1:${port}`,
      tokenId: 'kubesmith@pve!portal',
      tokenSecret: 'secret',
      timeoutMs: 2000,
    });
  });
  afterEach(async () => {
    await client.close();
    server.closeAllConnections();
    await new Promise(done => server.close(done));
  });

  const read = () =>
    client.agentReadFile('pve1', 20_000, '/etc/ssh/x', {
      attempts: 1,
    } as never);
  const says = (data: unknown) => {
    answer = response => response.end(JSON.stringify({ data }));
  };

  it('are cut off when they are without end', async () => {
    let sent = 0;
    answer = response => {
      response.write('{"data": {"content": "');
      const pump = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)))
          sent += 65_536;
        response.once('drain', pump);
      };
      pump();
    };
    const before = process.memoryUsage().rss;
    await expect(read()).rejects.toMatchObject({ class: 'transient' });
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * MIB);
    expect(sent).toBeLessThan(200 * MIB);
  });

  it('are cut off when they only drip', async () => {
    answer = response => {
      response.write('{"data": ');
    };
    await expect(read()).rejects.toMatchObject({ class: 'transient' });
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a list', []],
    ['a number', { content: 7 }],
    ['an object', { content: { toString: 'x' } }],
    ['another file, behind a link', { content: 'root:*:19000:0:99999:7:::\n' }],
    ['16 MB of a key', { content: `ssh-ed25519 ${'A'.repeat(15 * MIB)}` }],
    ['a line break in a key', { content: `ssh-ed25519 AAAA\n* ssh-ed25519 A` }],
    ['a pattern in front', { content: '@cert-authority * ssh-ed25519 AAAA' }],
  ])('are no host key when they are %s', async (_what, data) => {
    says(data);
    expect(parseHostKey(await read())).toBeUndefined();
  });

  it('are no addresses when they are something else', async () => {
    for (const result of [null, 'x', [null], [{ 'ip-addresses': 'x' }], [{}]]) {
      says({ result });
      const interfaces = await client.agentInterfaces('pve1', 20_000);
      expect(interfaces.flatMap(({ addresses }) => addresses)).toEqual([]);
    }
  });
});
