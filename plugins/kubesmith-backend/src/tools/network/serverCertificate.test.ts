import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { createServer } from 'node:tls';
import { newAuthority } from '../../conditions/__testUtils__/authority';
import { readServerCertificate } from './serverCertificate';

const authority = newAuthority();
afterAll(() => authority.close());

async function listening<T extends { listen(...args: unknown[]): unknown }>(
  server: T,
): Promise<number> {
  const emitter = server as unknown as import('node:net').Server;
  emitter.listen(0, '127.0.0.1');
  await once(emitter, 'listening');
  return (emitter.address() as AddressInfo).port;
}

describe('readServerCertificate', () => {
  it('reads what a server shows, whoever signed it', async () => {
    const server = createServer(authority.issue(12));
    const port = await listening(server);
    const certificate = await readServerCertificate('127.0.0.1', port, {
      timeoutMs: 5000,
    });
    server.close();
    expect(certificate.subject).toBe('CN=kube-apiserver');
    const days = (Date.parse(certificate.validTo) - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(12);
  });

  it('fails when nobody answers, or not in TLS', async () => {
    const silent = createTcpServer(() => {});
    const port = await listening(silent);
    await expect(
      readServerCertificate('127.0.0.1', port, { timeoutMs: 200 }),
    ).rejects.toThrow('no answer in 200 ms');
    silent.close();
    const loud = createTcpServer(socket => socket.end('SSH-2.0-OpenSSH\r\n'));
    const other = await listening(loud);
    await expect(
      readServerCertificate('127.0.0.1', other, { timeoutMs: 5000 }),
    ).rejects.toThrow();
    loud.close();
    await expect(
      readServerCertificate('127.0.0.1', other, { timeoutMs: 5000 }),
    ).rejects.toThrow(/ECONNREFUSED/);
  });

  it('ends when it is told to', async () => {
    const reason = new Error('shutdown');
    await expect(
      readServerCertificate('127.0.0.1', 9, {
        timeoutMs: 5000,
        signal: AbortSignal.abort(reason),
      }),
    ).rejects.toBe(reason);
  });
});
