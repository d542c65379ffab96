import {
  type DatabaseService,
  resolvePackagePath,
} from '@backstage/backend-plugin-api';
import type { PolicyVersionInfo } from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import { PolicyConflictError } from '../errors';

const TABLE = 'kubesmith_policy_versions';

/** A version as it was saved. */
export type PolicyVersion = PolicyVersionInfo & { yaml: string };

type Row = Omit<PolicyVersion, 'createdAt'> & { created_at: number | string };

function fromRow<T extends Omit<Row, 'yaml'>>({ created_at, ...rest }: T) {
  return { ...rest, createdAt: Number(created_at) };
}

/** The versions of the policies in the permission plugin's own database. None is ever changed or removed. */
export class PolicyVersionStore {
  readonly #knex: Knex;

  private constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** Connects, and makes the table if need be. */
  static async open(database: DatabaseService): Promise<PolicyVersionStore> {
    const knex = await database.getClient();
    if (!database.migrations?.skip) {
      await knex.migrate.latest({
        directory: resolvePackagePath(
          '@kubesmith/plugin-permission-backend-module-kubesmith',
          'migrations',
        ),
        // The database is shared with whatever else the permission plugin keeps.
        tableName: 'kubesmith_policy_migrations',
      });
    }
    return new PolicyVersionStore(knex);
  }

  /** The newest version's number; 0 when none was saved yet. */
  async latestVersion(): Promise<number> {
    const row = await this.#knex(TABLE).max({ version: 'version' }).first();
    return Number(row?.version ?? 0);
  }

  /** One version; undefined if there is none. */
  async get(version: number): Promise<PolicyVersion | undefined> {
    const row = await this.#knex<Row>(TABLE).where({ version }).first();
    return row && fromRow(row);
  }

  /** Newest first. */
  async list(page: {
    limit: number;
    offset: number;
  }): Promise<PolicyVersionInfo[]> {
    const rows = await this.#knex<Row>(TABLE)
      .select('version', 'author', 'reason', 'created_at')
      .orderBy('version', 'desc')
      .limit(page.limit)
      .offset(page.offset);
    return rows.map(fromRow);
  }

  /**
   * Saves the version that follows another one.
   *
   * @throws PolicyConflictError when somebody saved in the meantime; then nothing was saved
   */
  async add(
    next: Pick<PolicyVersion, 'yaml' | 'author' | 'reason'> & {
      expectedVersion: number;
    },
  ): Promise<number> {
    const { expectedVersion, ...fields } = next;
    const version = expectedVersion + 1;
    const conflict = (latest: number) =>
      new PolicyConflictError(
        `Version ${latest} of the policies is the newest, and yours began with version ${expectedVersion}. Look at what changed and save again.`,
      );
    const latest = await this.latestVersion();
    if (latest !== expectedVersion) {
      throw conflict(latest);
    }
    try {
      await this.#knex(TABLE).insert({
        ...fields,
        version,
        created_at: this.#now(),
      });
    } catch (error) {
      // The primary key decides between two who save at the same moment.
      const now = await this.latestVersion();
      if (now >= version) {
        throw conflict(now);
      }
      throw error;
    }
    return version;
  }

  /** The database's clock, in milliseconds. */
  #now(): Knex.Raw {
    return this.#knex.client.config.client === 'pg'
      ? this.#knex.raw('(extract(epoch from clock_timestamp()) * 1000)::bigint')
      : this.#knex.raw(
          "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
        );
  }
}
