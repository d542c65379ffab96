import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '@kubesmith/lab/src/instance/Instance.ts';
import { waitFor } from '@kubesmith/lab/src/system/wait.ts';
import { stringify } from 'yaml';
import { toolEnvironment } from '../tools.ts';
import type { FreshApp } from './FreshApp.ts';
import { outcomeOf, run, type Outcome } from './run.ts';

const START_LIMIT_MS = 8 * 60_000;
const STOP_LIMIT_MS = 60_000;
const RECORDER = fileURLToPath(new URL('loaded.cjs', import.meta.url));
/** What the guide's configuration takes from the environment. Nothing listens at the endpoint. */
const ENVIRONMENT = {
  KUBESMITH_PROXMOX_ENDPOINT: 'https://127.0.0.1:1',
  KUBESMITH_PROXMOX_TOKEN_ID: 'kubesmith@pve!portal',
  KUBESMITH_PROXMOX_TOKEN_SECRET: 'no-such-secret',
  KUBESMITH_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
  // Guests may sign in while one tries things out only.
  NODE_ENV: 'development',
};

/** The fresh app's built backend, which serves the built frontend. */
export class AdoptedPortal {
  readonly address: string;
  readonly #folder: string;
  readonly #process: ChildProcess;

  private constructor(folder: string, address: string, process: ChildProcess) {
    this.#folder = folder;
    this.address = address;
    this.#process = process;
  }

  /**
   * Unpacks what `yarn build:backend` made and starts it. In place of a second installation it uses the app's.
   *
   * @param folder - a folder of its own
   */
  static async start(app: FreshApp, folder: string): Promise<AdoptedPortal> {
    await mkdir(folder);
    for (const archive of ['skeleton.tar.gz', 'bundle.tar.gz']) {
      const path = join(app.folder, 'packages', 'backend', 'dist', archive);
      await run(folder, ['tar', '-xzf', path]);
    }
    await symlink(
      join(app.folder, 'node_modules'),
      join(folder, 'node_modules'),
    );
    await symlink(join(app.folder, 'examples'), join(folder, 'examples'));
    const port = await freePort();
    const address = `http://localhost:${port}`;
    const config = await writeTestConfig(app, folder, { address, port });
    const log = await open(join(folder, 'portal.log'), 'w');
    const child = spawn(
      process.execPath,
      ['--require', RECORDER, '.', ...config],
      {
        cwd: join(folder, 'packages', 'backend'),
        env: {
          ...toolEnvironment(),
          ...ENVIRONMENT,
          KUBESMITH_LOADED_FILES: join(folder, 'loaded.json'),
        },
        stdio: ['ignore', log.fd, log.fd],
      },
    );
    await log.close();
    const portal = new AdoptedPortal(folder, address, child);
    try {
      const ready = await waitFor(() => portal.#isReady(), {
        timeoutMs: START_LIMIT_MS,
        intervalMs: 500,
      });
      if (!ready) throw new Error('The backend is not ready in time');
    } catch (error) {
      child.kill('SIGKILL');
      const end = (await portal.log()).slice(-4000);
      throw new Error(`${(error as Error).message}\n${end}`, { cause: error });
    }
    return portal;
  }

  /** What it has printed. */
  log(): Promise<string> {
    return readFile(join(this.#folder, 'portal.log'), 'utf8');
  }

  /** Stops it. Returns the files that it had loaded. */
  async stop(): Promise<string[]> {
    if (this.#process.exitCode === null) {
      const ended = once(this.#process, 'exit', {
        signal: AbortSignal.timeout(STOP_LIMIT_MS),
      });
      this.#process.kill('SIGTERM');
      await ended.catch(() => this.#process.kill('SIGKILL'));
    }
    return JSON.parse(
      await readFile(join(this.#folder, 'loaded.json'), 'utf8'),
    );
  }

  async #isReady(): Promise<boolean> {
    if (this.#process.exitCode !== null)
      throw new Error(`The backend ended with ${this.#process.exitCode}`);
    const answer = await fetch(
      `${this.address}/.backstage/health/v1/readiness`,
    ).catch(() => undefined);
    return answer?.status === 200;
  }
}

/** Runs `kubesmith preflight` as the guide says, in the app. */
export async function preflight(app: FreshApp): Promise<Outcome> {
  const folder = join(app.folder, 'packages', 'backend');
  const config = await writeTestConfig(app, folder, {
    address: 'http://localhost:7007',
    port: 7007,
  });
  return outcomeOf(
    app.folder,
    ['yarn', 'workspace', 'backend', 'kubesmith', 'preflight', ...config],
    { env: ENVIRONMENT },
  );
}

/**
 * What differs between a first look and a test: the port, and who comes in.
 *
 * @returns the `--config` arguments for all files
 */
async function writeTestConfig(
  app: FreshApp,
  folder: string,
  { address, port }: { address: string; port: number },
): Promise<string[]> {
  const mirror = join(cacheFolder(), 'terraformrc');
  const file = join(folder, 'app-config.test.yaml');
  await writeFile(
    file,
    stringify({
      app: { baseUrl: address },
      backend: {
        baseUrl: address,
        listen: { host: '127.0.0.1', port },
        cors: { origin: address },
        database: {
          client: 'better-sqlite3',
          connection: { directory: join(folder, 'databases') },
        },
      },
      auth: { providers: { guest: { userEntityRef: 'user:default/guest' } } },
      kubesmith: {
        dataDirectory: join(folder, 'kubesmith'),
        administrators: ['user:default/guest'],
        ...(existsSync(mirror)
          ? { tools: { terraformCliConfigFile: mirror } }
          : {}),
      },
    }),
  );
  return ['app-config.yaml', 'app-config.kubesmith.yaml']
    .map(name => join(app.folder, name))
    .concat(file)
    .flatMap(path => ['--config', path]);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
