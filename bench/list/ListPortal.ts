import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, type IncomingMessage, get } from 'node:http';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { mockCredentials } from '@backstage/backend-test-utils';
import { type BenchDatabase, type Engine, createDatabase } from './databases';
import { fillDatabase } from './fillDatabase';
import type { PortalSettings } from './portal';

const ROOT = resolve(__dirname, '../..');

/** One page, as the API answers it. */
export type ListPage = { items: { id: string; name: string }[]; total: number };

/** A portal with 10 000 clusters on a database, in a process of its own; see portal.ts. */
export class ListPortal {
  /** How many clusters the people see. */
  readonly seen: { few: number; many: number };
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #child: ChildProcess;
  readonly #database: BenchDatabase;
  readonly #port: number;

  private constructor(options: {
    child: ChildProcess;
    database: BenchDatabase;
    port: number;
    seen: ListPortal['seen'];
  }) {
    this.#child = options.child;
    this.#database = options.database;
    this.#port = options.port;
    this.seen = options.seen;
  }

  static async start(engine: Engine): Promise<ListPortal> {
    const database = await createDatabase(engine);
    let child: ChildProcess | undefined;
    try {
      // Once for the tables; then as a portal that finds its clusters when it starts.
      child = launch(database);
      await readPort(child);
      await end(child);
      const seen = await fill(database);
      child = launch(database);
      const port = await readPort(child);
      return new ListPortal({ child, database, port, seen });
    } catch (error) {
      if (child) await end(child);
      await database.remove();
      throw error;
    }
  }

  /**
   * Asks for something below `/api/kubesmith` and reads the answer to its end, over one connection that is kept.
   *
   * @throws Error for an answer other than 200
   */
  async ask(path: string, userRef: string): Promise<ListPage> {
    const request = get({
      host: '127.0.0.1',
      port: this.#port,
      path: `/api/kubesmith${path}`,
      agent: this.#agent,
      headers: { authorization: mockCredentials.user.header(userRef) },
    });
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    const body = await text(answer);
    if (answer.statusCode !== 200) {
      throw new Error(`${path} answered ${answer.statusCode}: ${body}`);
    }
    return JSON.parse(body);
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    await end(this.#child);
    await this.#database.remove();
  }
}

async function fill(database: BenchDatabase): Promise<ListPortal['seen']> {
  const knex = database.connect();
  try {
    return await fillDatabase(knex);
  } finally {
    await knex.destroy();
  }
}

function launch({ config, folder }: BenchDatabase): ChildProcess {
  const settings: PortalSettings = { database: config, folder };
  return spawn(
    process.execPath,
    [
      '--import',
      '@backstage/cli/config/nodeTransform.cjs',
      join(__dirname, 'portal.ts'),
      JSON.stringify(settings),
    ],
    {
      cwd: ROOT,
      stdio: ['pipe', 'pipe', 'inherit'],
      // Production would refuse sign-in that is taken at its word.
      env: { ...process.env, NODE_ENV: 'development' },
    },
  );
}

async function readPort(child: ChildProcess): Promise<number> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`The portal ended with ${code} while it started`);
  });
  // Once it has started, its end is no news.
  ended.catch(() => {});
  const lines = createInterface(child.stdout!);
  const first = once(lines, 'line') as Promise<[string]>;
  const [line] = await Promise.race([first, ended]);
  return JSON.parse(line).port;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.stdin!.end();
  await ended;
}
