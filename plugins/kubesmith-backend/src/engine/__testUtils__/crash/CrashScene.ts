import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolvePackagePath } from '@backstage/backend-plugin-api';
import createKnex, { type Knex } from 'knex';
import { LabProxmox } from '../../../steps/__testUtils__/LabProxmox';
import {
  cliConfigFile,
  Workbench,
} from '../../../steps/__testUtils__/workbench';
import { readDatabaseTime } from '../../../database/databaseTime';
import type { OperationRecord } from '../../records';
import { eventually } from '../engineDatabase';
import { CrashWorker } from './CrashWorker';
import { expectEnd, expectGivenBack } from './endings';
import type { WorkerSettings } from './worker';

/** How long a write to SQLite waits for others. */
const BUSY_MS = 20_000;

/** Runs one operation through worker processes that end at one boundary after the other. */
export interface Chain {
  operationId: string;
  signal: 'SIGKILL' | 'SIGTERM';
  /** Boundaries that do not match are passed. */
  only?: RegExp;
}

/** One ordered cluster on a new database and an API double of its own, and processes that work on it and are killed. */
export class CrashScene {
  readonly bench: Workbench;
  readonly lab: LabProxmox;
  readonly clusterId: string;
  readonly creation: string;
  readonly folder: string;
  /** Free addresses before the order. */
  readonly freeBefore: number;
  readonly #database: Knex.Config;
  readonly #workers: CrashWorker[] = [];

  private constructor(parts: {
    bench: Workbench;
    lab: LabProxmox;
    folder: string;
    database: Knex.Config;
    freeBefore: number;
    ordered: { clusterId: string; operationId: string };
  }) {
    this.bench = parts.bench;
    this.lab = parts.lab;
    this.folder = parts.folder;
    this.freeBefore = parts.freeBefore;
    this.#database = parts.database;
    this.clusterId = parts.ordered.clusterId;
    this.creation = parts.ordered.operationId;
  }

  /** @param postgres - a connection to an empty Postgres database; without one, a new SQLite file */
  static async create(postgres?: Knex): Promise<CrashScene> {
    const folder = await mkdtemp(join(tmpdir(), 'kubesmith-crash-'));
    const dataDirectory = join(folder, 'data');
    for (const name of [dataDirectory, join(folder, 'tmp')]) await mkdir(name);
    const database: Knex.Config = postgres
      ? { client: 'pg', connection: postgres.client.config.connection }
      : {
          client: 'better-sqlite3',
          connection: {
            filename: join(folder, 'kubesmith.sqlite'),
            options: { timeout: BUSY_MS },
          } as Knex.Sqlite3ConnectionConfig,
          useNullAsDefault: true,
        };
    const lab = await LabProxmox.start();
    const bench = await Workbench.create(createKnex(database), lab, {
      dataDirectory,
    });
    const freeBefore = (await bench.pools.usage('lab')).free;
    const ordered = await bench.order('demo');
    return new CrashScene({
      bench,
      lab,
      folder,
      database,
      freeBefore,
      ordered,
    });
  }

  get knex(): Knex {
    return this.bench.db.knex;
  }

  worker(
    operationId: string,
    options: Partial<
      Pick<WorkerSettings, 'passed' | 'only' | 'timing' | 'tools'>
    > & { dataDirectory?: string } = {},
  ): CrashWorker {
    const { config } = this.bench.services;
    const { dataDirectory = config.dataDirectory, ...rest } = options;
    const worker = CrashWorker.start(
      {
        database: this.#database,
        config: {
          ...config,
          dataDirectory,
          tools: {
            ...config.tools,
            ansiblePlaybook: resolvePackagePath(
              '@kubesmith/plugin-kubesmith-backend',
              'src/engine/__testUtils__/crash/simulatedPlaybook.sh',
            ),
          },
          encryption: {
            keys: config.encryption.keys.map(({ id, secret }) => ({
              id,
              secret: secret.toString('hex'),
            })),
          },
        },
        cliConfigFile,
        operationId,
        passed: [],
        only: '',
        timing: {},
        ...rest,
      },
      { TMPDIR: join(this.folder, 'tmp') },
    );
    this.#workers.push(worker);
    return worker;
  }

  /**
   * Runs an operation to its end: each process is ended at the first boundary at which none was ended before, and the next
   * one goes on. Returns the boundaries in the order in which they were hit.
   */
  async chain(
    { operationId, signal, only }: Chain,
    atBoundary: (
      boundary: string,
      worker: CrashWorker,
    ) => Promise<void> = async () => {},
  ): Promise<string[]> {
    const hit: string[] = [];
    for (;;) {
      if (hit.length > 200) throw new Error(`No end: ${hit.join('\n')}`);
      const worker = this.worker(operationId, {
        passed: hit,
        only: only?.source ?? '',
      });
      const at = await worker.heldAt();
      if (at === undefined) {
        await worker.end('SIGTERM');
        return hit;
      }
      hit.push(at);
      await atBoundary(at, worker);
      expectEnd(await worker.end(signal), signal);
      if (signal === 'SIGKILL') await this.letLeaseRunOut(operationId);
      else await expectGivenBack(this, operationId);
    }
  }

  /** As if the lease's time had passed since the process died. */
  async letLeaseRunOut(operationId: string): Promise<void> {
    await this.knex('operations')
      .where({ id: operationId })
      .whereNotNull('lease_until')
      .update({ lease_until: 1 });
  }

  /** Waits until the lease's time has really passed, by the database's clock. */
  async leaseIsOver(operationId: string): Promise<void> {
    await eventually(
      async () => {
        const { lease_until: until } = await this.lease(operationId);
        return Number(until) < (await readDatabaseTime(this.knex));
      },
      'the end of the lease',
      60_000,
    );
  }

  /** Whether nobody is in the middle of a write to the SQLite file. */
  async canWrite(): Promise<boolean> {
    await this.knex.raw('PRAGMA busy_timeout = 200');
    try {
      await this.knex.raw('BEGIN IMMEDIATE');
      await this.knex.raw('ROLLBACK');
      return true;
    } catch (error) {
      if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error;
      return false;
    } finally {
      await this.knex.raw(`PRAGMA busy_timeout = ${BUSY_MS}`);
    }
  }

  async lease(operationId: string) {
    return this.knex('operations')
      .where({ id: operationId })
      .first('lease_owner', 'lease_until');
  }

  async operation(id: string): Promise<OperationRecord> {
    return (await this.bench.db.operations.get(id))!;
  }

  async free(): Promise<number> {
    return (await this.bench.pools.usage('lab')).free;
  }

  /** What the cluster is made of, which no crash may change. */
  async identity() {
    const nodes = await this.bench.db.clusters.nodes(this.clusterId);
    return nodes.map(({ name, vmid, ipAddress, macAddress, smbiosUuid }) => ({
      name,
      vmid,
      ipAddress,
      macAddress,
      smbiosUuid,
    }));
  }

  /** Lines of the simulated playbook: when it began and ended. */
  async playbook(
    dataDirectory: string = this.bench.dataDirectory,
  ): Promise<string[]> {
    const path = join(
      dataDirectory,
      'clusters',
      this.clusterId,
      'simulated-playbook.log',
    );
    return (await readFile(path, 'utf8')).split('\n').filter(Boolean);
  }

  /** Every row of every table, to compare. */
  async records(): Promise<Record<string, unknown[]>> {
    const all: Record<string, unknown[]> = {};
    for (const table of [
      'clusters',
      'nodes',
      'ip_addresses',
      'operations',
      'operation_steps',
      'operation_events',
      'secrets',
      'cluster_snapshots',
      'workspaces',
    ])
      all[table] = await this.knex(table).orderBy(1).orderBy(2);
    return all;
  }

  /** Names of all files below a data folder: a run of a tool would add some. */
  async files(
    dataDirectory: string = this.bench.dataDirectory,
  ): Promise<string[]> {
    return (await readdir(dataDirectory, { recursive: true })).sort();
  }

  /** Processes that work with this scene's files, but for the workers. */
  async tools(): Promise<{ pid: number; command: string }[]> {
    const own = new Set(this.#workers.map(({ pid }) => String(pid)));
    const found: { pid: number; command: string }[] = [];
    for (const pid of await readdir('/proc')) {
      if (!/^\d+$/.test(pid) || own.has(pid)) continue;
      const read = (name: string) =>
        readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
      const command = await read('cmdline');
      const environment = await read('environ');
      if (`${command}\0${environment}`.includes(this.folder))
        found.push({
          pid: Number(pid),
          command: command.replaceAll('\0', ' '),
        });
    }
    return found;
  }

  async close(): Promise<void> {
    for (const worker of this.#workers) await worker.end('SIGKILL');
    await this.bench.close();
    await this.knex.destroy();
    await this.lab.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
