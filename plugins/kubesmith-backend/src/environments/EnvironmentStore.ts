import { isDeepStrictEqual } from 'node:util';
import type { Size } from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import { NO_OVERRIDES } from '../config/environments';
import type { EnvironmentConfig, NodeOverrides } from '../config/types';
import { readDatabaseTime } from '../database/databaseTime';
import type {
  EnvironmentRecord,
  EnvironmentSource,
  StoredDefinition,
} from './records';

type EnvironmentRow = {
  name: string;
  source: EnvironmentSource;
  position: number | null;
  retired: boolean | number;
  definition: string;
  version: number | string;
  created_by: string | null;
  updated_by: string | null;
  created_at: number | string;
  updated_at: number | string;
};

/** After all places in the configuration. */
const LAST = Number.MAX_SAFE_INTEGER;

/** What {@link EnvironmentStore.put} is told beside the definition. */
export type EnvironmentOrigin = {
  source: EnvironmentSource;
  /** Place in the configuration. */
  position?: number;
  /** Entity ref of the user who changes it. */
  by?: string;
};

/** Rows of environments. All that changes one happens in a transaction that began with {@link EnvironmentStore.lock}. */
export class EnvironmentStore {
  readonly #knex: Knex;
  readonly #sizes: Size[];
  /** What nodes get where the configuration says nothing else: environments of the portal follow it. */
  readonly nodeOverrides: NodeOverrides;

  /**
   * @param sizes - those that the configuration describes
   * @param nodeOverrides - the configuration's, for environments of the portal
   */
  constructor(
    knex: Knex,
    sizes: Size[],
    nodeOverrides: NodeOverrides = NO_OVERRIDES,
  ) {
    this.nodeOverrides = nodeOverrides;
    this.#knex = knex;
    this.#sizes = sizes;
  }

  /** Counted up with each change of any environment: while it stays, nothing needs to be read again. */
  async version(): Promise<number> {
    const row = await this.#knex('environment_version').first('version');
    return Number(row.version);
  }

  /** Makes every other change of environments wait until the transaction ends. Must be its first statement. */
  async lock(tx: Knex.Transaction): Promise<void> {
    await tx('environment_version').update({ version: tx.raw('version + 1') });
  }

  /** All of them: the configuration's in its order, then the others by name. */
  async all(tx: Knex = this.#knex): Promise<EnvironmentRecord[]> {
    const rows = await tx<EnvironmentRow>('environments').orderBy('name');
    return rows
      .sort((a, b) => (a.position ?? LAST) - (b.position ?? LAST))
      .map(row => this.#toRecord(row));
  }

  /** One of them. */
  async get(
    name: string,
    tx: Knex = this.#knex,
  ): Promise<EnvironmentRecord | undefined> {
    const row = await tx<EnvironmentRow>('environments')
      .where({ name })
      .first();
    return row && this.#toRecord(row);
  }

  /**
   * Writes an environment, a new one or an other version of it. One that is as it was keeps its version.
   *
   * @returns its version
   */
  async put(
    tx: Knex.Transaction,
    environment: EnvironmentConfig,
    { source, position, by }: EnvironmentOrigin,
  ): Promise<number> {
    const definition = toStored(environment);
    // Where staff said nothing, a change of the configuration is to be followed.
    if (isDeepStrictEqual(definition.nodeOverrides, this.nodeOverrides))
      delete definition.nodeOverrides;
    const earlier = await tx<EnvironmentRow>('environments')
      .where({ name: environment.name })
      .first();
    const now = await readDatabaseTime(tx);
    const place = { source, position: position ?? null, retired: false };
    if (!earlier) {
      await tx('environments').insert({
        ...place,
        name: environment.name,
        definition: JSON.stringify(definition),
        version: 1,
        created_by: by ?? null,
        updated_by: by ?? null,
        created_at: now,
        updated_at: now,
      });
      return 1;
    }
    const same =
      earlier.source === source &&
      !earlier.retired &&
      isDeepStrictEqual(
        JSON.parse(earlier.definition),
        JSON.parse(JSON.stringify(definition)),
      );
    const version = Number(earlier.version) + (same ? 0 : 1);
    await tx('environments')
      .where({ name: environment.name })
      .update(
        same
          ? place
          : {
              ...place,
              definition: JSON.stringify(definition),
              version,
              updated_by: by ?? null,
              updated_at: now,
            },
      );
    return version;
  }

  /** Keeps an environment that the configuration does not have any more, for its clusters. */
  async retire(tx: Knex.Transaction, name: string): Promise<void> {
    await tx('environments')
      .where({ name, retired: false })
      .update({
        retired: true,
        position: null,
        version: tx.raw('version + 1'),
        updated_at: await readDatabaseTime(tx),
      });
  }

  async delete(tx: Knex.Transaction, name: string): Promise<void> {
    await tx('environments').where({ name }).delete();
  }

  #toRecord(row: EnvironmentRow): EnvironmentRecord {
    const definition = JSON.parse(row.definition) as StoredDefinition;
    return {
      ...definition,
      nodeOverrides: definition.nodeOverrides ?? this.nodeOverrides,
      // A size that the configuration does not describe any more is not on offer.
      sizes: definition.sizes.flatMap(
        name => this.#sizes.find(size => size.name === name) ?? [],
      ),
      source: row.source,
      retired: Boolean(row.retired),
      version: Number(row.version),
      createdBy: row.created_by ?? undefined,
      updatedBy: row.updated_by ?? undefined,
      createdAt: Number(row.created_at),
      updatedAt: Number(row.updated_at),
    };
  }
}

/** What is stored of an environment, and nothing else that the object may carry. */
function toStored(environment: EnvironmentConfig): StoredDefinition {
  return {
    name: environment.name,
    title: environment.title,
    description: environment.description,
    owner: environment.owner,
    members: environment.members,
    pool: environment.pool,
    proxmox: environment.proxmox,
    sizes: environment.sizes.map(({ name }) => name),
    kubernetesVersions: environment.kubernetesVersions,
    cni: environment.cni,
    maxWorkers: environment.maxWorkers,
    leaseDays: environment.leaseDays,
    maxLeaseDays: environment.maxLeaseDays,
    graceDays: environment.graceDays,
    timetable: environment.timetable,
    nodeOverrides: environment.nodeOverrides,
  };
}
