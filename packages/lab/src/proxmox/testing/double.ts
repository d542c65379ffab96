/** A double for one test file: in its own folder, over hosts in memory, with a client that has the documented privileges. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProxmoxDoubleConfig } from '../options.ts';
import { startProxmoxDouble } from '../server.ts';
import { tokenId } from '../leastPrivilege.ts';
import { testCertificates, type TestCertificates } from './certificates.ts';
import { TestClient } from './client.ts';
import { TOKEN_SECRET, testDatacenter } from './datacenter.ts';
import { InMemoryHostDriver } from './inMemoryHostDriver.ts';

export interface TestDouble {
  endpoint: string;
  folder: string;
  certificates: TestCertificates;
  driver: InMemoryHostDriver;
  client: TestClient;
  /** A client with another token, or with none. */
  clientWith(token?: string): TestClient;
  /** Ends the double and starts it again with the same files and hosts. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function startTestDouble(
  settings: Partial<ProxmoxDoubleConfig> = {},
): Promise<TestDouble> {
  const folder = await mkdtemp(join(tmpdir(), 'kubesmith-proxmox-'));
  const certificates = await testCertificates(folder);
  const driver = new InMemoryHostDriver();
  const options = {
    ...testDatacenter({
      tls: certificates.tls,
      stateFile: join(folder, 'state.json'),
      callLogFile: join(folder, 'calls.ndjson'),
      ...settings,
    }),
    driver,
  };
  let running = await startProxmoxDouble(options);
  const clients: TestClient[] = [];
  const clientWith = (token?: string) => {
    const client = new TestClient(
      running.endpoint,
      certificates.authority,
      token,
    );
    clients.push(client);
    return client;
  };
  const double: TestDouble = {
    endpoint: running.endpoint,
    folder,
    certificates,
    driver,
    client: clientWith(`${tokenId}=${TOKEN_SECRET}`),
    clientWith,
    restart: async () => {
      const { port } = new URL(running.endpoint);
      await running.close();
      // Their idle connections are gone too; a client may notice that only when it uses one.
      for (const client of clients) client.close();
      running = await startProxmoxDouble({
        ...options,
        listen: { host: '127.0.0.1', port: Number(port) },
      });
    },
    close: async () => {
      for (const client of clients) client.close();
      await running.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return double;
}
