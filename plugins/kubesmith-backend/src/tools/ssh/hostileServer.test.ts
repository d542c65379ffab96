import { type AddressInfo, createServer, type Socket } from 'node:net';
import { HostileNode, repeating } from '../ansible/__testUtils__/HostileNode';
import { keyPair } from './__testUtils__/keyPair';
import type { SshTarget } from './exec';
import { parseHostKey } from './hostKey';
import { SshPool } from './SshPool';

jest.setTimeout(60_000);

const MIB = 1024 * 1024;
const UNREACHABLE = {
  failure: { code: 'KUBESMITH-NODE-UNREACHABLE', class: 'transient' },
};

/** Something that listens on SSH's port and says what a test lets it say. */
class FalseServer {
  readonly sockets = new Set<Socket>();
  received = 0;
  readonly #server;

  constructor(talk: (socket: Socket) => void) {
    this.#server = createServer(socket => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => {});
      socket.on('data', chunk => {
        this.received += chunk.length;
      });
      talk(socket);
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>(resolve =>
      this.#server.listen(0, '127.0.0.1', resolve),
    );
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>(resolve => this.#server.close(() => resolve()));
  }
}

const flood = (socket: Socket, text: string) => {
  const pump = () => {
    while (!socket.destroyed && socket.write(text));
    socket.once('drain', pump);
  };
  pump();
};
const drip = (socket: Socket, text: string) => {
  let at = 0;
  const timer = setInterval(() => socket.write(text[at++ % text.length]), 20);
  socket.on('close', () => clearInterval(timer));
};

async function until(probe: () => boolean): Promise<void> {
  for (let tries = 0; !probe(); tries++) {
    if (tries > 1000) throw new Error('Waited in vain');
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

describe('a server that is none', () => {
  it.each([
    ['says nothing', () => {}],
    [
      'drips its greeting, a byte at a time',
      (s: Socket) => drip(s, 'SSH-2.0-x'),
    ],
    ['drips lines before its greeting', (s: Socket) => drip(s, 'wait\r\n')],
    [
      'never ends the line of its greeting',
      (s: Socket) => flood(s, 'x'.repeat(65_536)),
    ],
    [
      'never comes to its greeting',
      (s: Socket) => flood(s, 'wait\r\n'.repeat(9999)),
    ],
    [
      'greets and floods',
      (s: Socket) => flood(s, `SSH-2.0-x\r\n${'\xff'.repeat(65_536)}`),
    ],
    [
      'greets and drips',
      (s: Socket) => {
        s.write('SSH-2.0-x\r\n');
        drip(s, '\0');
      },
    ],
    ['speaks HTTP', (s: Socket) => s.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['hangs up', (s: Socket) => s.destroy()],
  ])('which %s is given up in time, with memory flat', async (_what, talk) => {
    const server = new FalseServer(talk);
    const pool = new SshPool({ connectTimeoutMs: 1000 });
    const before = process.memoryUsage().rss;
    const began = Date.now();
    try {
      await expect(
        pool.exec(
          {
            clusterId: 'c1',
            nodeName: 'demo-cp-1',
            host: '127.0.0.1',
            port: await server.listen(),
            user: 'kubesmith',
            privateKey: keyPair().private,
            hostKey: parseHostKey(keyPair().public)!,
          },
          'id',
          { timeoutMs: 5000 },
        ),
      ).rejects.toMatchObject(UNREACHABLE);
      expect(Date.now() - began).toBeLessThan(10_000);
      await until(() => server.sockets.size === 0);
      // Our greeting and the offer of algorithms, in which no secret is.
      expect(server.received).toBeLessThan(4096);
    } finally {
      pool.close();
      await server.close();
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * MIB);
  });
});

describe('a node that answers without end', () => {
  let node: HostileNode;
  let pool: SshPool;
  let target: SshTarget;

  beforeEach(async () => {
    node = new HostileNode();
    await node.listen();
    pool = new SshPool();
    target = {
      clusterId: 'c1',
      nodeName: 'demo-cp-1',
      host: '127.0.0.1',
      port: node.port,
      user: 'kubesmith-kubectl',
      privateKey: node.clientKey.private,
      hostKey: node.hostKey,
    };
  });
  afterEach(async () => {
    pool.close();
    await node.close();
  });

  it('is cut off at the limit, and its connection is closed', async () => {
    node.misbehave = repeating('x'.repeat(65_536));
    const before = process.memoryUsage().rss;
    await expect(
      pool.exec(target, 'x', { timeoutMs: 20_000, maxOutputBytes: MIB }),
    ).rejects.toThrow(`longer than ${MIB} bytes`);
    await until(() => node.connections === 0);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * MIB);
  });

  it('is cut off when it only drips', async () => {
    node.misbehave = channel => {
      const timer = setInterval(() => channel.write('.'), 50);
      channel.on('close', () => clearInterval(timer));
    };
    await expect(pool.exec(target, 'x', { timeoutMs: 500 })).rejects.toThrow(
      'no answer within',
    );
  });

  it('gives text when it sends bytes that are none', async () => {
    node.misbehave = channel => {
      channel.write(Buffer.from([0xff, 0xc3, 0x28, 0x0a]));
      channel.exit(0);
      channel.end();
    };
    const { stdout } = await pool.exec(target, 'x', { timeoutMs: 20_000 });
    expect(stdout).toBe('\ufffd\ufffd(\n');
  });
});
