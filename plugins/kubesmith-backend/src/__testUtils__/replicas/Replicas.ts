import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { resolvePackagePath } from '@backstage/backend-plugin-api';
import type { TestDatabaseId } from '@backstage/backend-test-utils';
import createKnex, { type Knex } from 'knex';
import { Agent, request } from 'undici';
import { as } from '../people';
import type { ReplicaSettings } from './replica';
import { PERFORMED_FILE, type PerformedStep } from './simulatedOperations';

/** An answer of the API. */
export type Answer = { status: number; body: any };

/** Several backend processes on one new database; see replica.ts. */
export class Replicas {
  /** The database that they share. */
  readonly knex: Knex;
  readonly #folder: string;
  readonly #children: Array<{ process: ChildProcess; port: number }>;
  /** As many connections as there are requests: none waits for another in the client. */
  readonly #agent = new Agent({ connections: 256, headersTimeout: 150_000 });

  private constructor(
    knex: Knex,
    folder: string,
    children: Array<{ process: ChildProcess; port: number }>,
  ) {
    this.knex = knex;
    this.#folder = folder;
    this.#children = children;
  }

  /** Starts them all at the same moment, on a database without a single table. */
  static async start(
    databaseId: TestDatabaseId,
    options: {
      count: number;
      /** The section of the configuration. */
      kubesmith: object;
      /** How long a simulated step lasts at least; default 20. */
      stepMs?: number;
      /** Whether Proxmox answers at the configured endpoint; else it is simulated. */
      proxmox?: boolean;
      /** How long an operation's lease lasts; default 120 000, for a busy machine where leases are not what is tested. */
      leaseMs?: number;
      /** Where the folder of a SQLite file is made; default the system's for temporary files. */
      parent?: string;
    },
  ): Promise<Replicas> {
    const folder = await mkdtemp(
      join(options.parent ?? tmpdir(), 'kubesmith-replicas-'),
    );
    const { config, knex } = describeDatabase(databaseId, folder);
    const settings: ReplicaSettings = {
      kubesmith: options.kubesmith,
      database: config,
      folder,
      stepMs: options.stepMs ?? 20,
      proxmox: options.proxmox ?? false,
      leaseMs: options.leaseMs ?? 120_000,
    };
    const processes = Array.from({ length: options.count }, () =>
      spawn(
        process.execPath,
        [
          '--import',
          '@backstage/cli/config/nodeTransform.cjs',
          resolvePackagePath(
            '@kubesmith/plugin-kubesmith-backend',
            'src/__testUtils__/replicas/replica.ts',
          ),
          JSON.stringify(settings),
        ],
        {
          cwd: resolvePackagePath('@kubesmith/plugin-kubesmith-backend'),
          stdio: ['pipe', 'pipe', 'inherit'],
          env: { ...process.env, NODE_ENV: 'development' },
        },
      ),
    );
    const ports = await Promise.all(processes.map(readPort));
    return new Replicas(
      knex,
      folder,
      processes.map((child, index) => ({ process: child, port: ports[index] })),
    );
  }

  /**
   * Asks one of them over HTTP; numbers beyond the last begin again at the first.
   *
   * @param who - entity ref of a user, or the value of the header `Authorization`
   */
  async call(
    replica: number,
    method: 'GET' | 'POST',
    path: string,
    who: string,
    body?: object,
  ): Promise<Answer> {
    const { port } = this.#children[replica % this.#children.length];
    const answer = await request(
      `http://127.0.0.1:${port}/api/kubesmith${path}`,
      {
        method,
        dispatcher: this.#agent,
        // A connection that is kept may be closed by a busy server just when it is used again.
        reset: true,
        headers: {
          authorization: who.startsWith('Bearer ') ? who : as(who),
          ...(method === 'POST' && { 'content-type': 'application/json' }),
        },
        ...(method === 'POST' && { body: JSON.stringify(body ?? {}) }),
      },
    );
    const text = await answer.body.text();
    return { status: answer.statusCode, body: text ? JSON.parse(text) : {} };
  }

  /** The same request many times at once, spread over all of them. */
  async callMany(
    times: number,
    method: 'GET' | 'POST',
    path: string,
    who: string,
    body?: object,
  ): Promise<Answer[]> {
    return Promise.all(
      Array.from({ length: times }, (_, index) =>
        this.call(index, method, path, who, body),
      ),
    );
  }

  /** What the simulated steps of all replicas did, in the order in which they wrote it down. */
  async performed(): Promise<PerformedStep[]> {
    const text = await readFile(
      join(this.#folder, PERFORMED_FILE),
      'utf8',
    ).catch(error => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    return text
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line) as PerformedStep);
  }

  /** Simulated steps of this name do not end from now on. */
  async hold(step: string): Promise<void> {
    await writeFile(join(this.#folder, `hold-${step}`), '');
  }

  /** Undoes {@link Replicas.hold}. */
  async letGo(step: string): Promise<void> {
    await rm(join(this.#folder, `hold-${step}`), { force: true });
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#children.map(async ({ process: child }) => {
        if (child.exitCode !== null) return;
        const ended = once(child, 'exit');
        child.stdin!.end();
        await ended;
      }),
    );
    await this.#agent.destroy();
    await this.knex.destroy();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function readPort(child: ChildProcess): Promise<number> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`A replica ended with ${code} while it started`);
  });
  // Once it started, its end is no news.
  ended.catch(() => {});
  const started = new Promise<number>(resolve => {
    createInterface(child.stdout!).on('line', line => {
      // Knex tells on the same stream that another replica brings the database up to date.
      if (line.startsWith('{')) resolve(JSON.parse(line).port);
    });
  });
  return Promise.race([started, ended]);
}

/** A new database as Backstage is configured to use it, and our own connection to it. */
function describeDatabase(
  databaseId: TestDatabaseId,
  folder: string,
): { config: object; knex: Knex } {
  if (databaseId.startsWith('SQLITE')) {
    return {
      config: { client: 'better-sqlite3', connection: { directory: folder } },
      knex: createKnex({
        client: 'better-sqlite3',
        connection: {
          filename: join(folder, 'kubesmith.sqlite'),
          options: { timeout: 20_000 },
        } as Knex.Sqlite3ConnectionConfig,
        useNullAsDefault: true,
      }),
    };
  }
  const server = new URL(
    process.env.BACKSTAGE_TEST_DATABASE_POSTGRES17_CONNECTION_STRING!,
  );
  const connection = {
    host: server.hostname,
    port: Number(server.port),
    user: server.username,
    password: server.password,
  };
  const prefix = `replicas_${Date.now().toString(36)}_${process.pid}_`;
  return {
    config: { client: 'pg', connection, prefix },
    knex: createKnex({
      client: 'pg',
      connection: { ...connection, database: `${prefix}kubesmith` },
    }),
  };
}
