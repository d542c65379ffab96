import type { Knex } from 'knex';
import { readDatabaseTime } from '../database/databaseTime';
import { repeatWhenBusy } from '../database/repeatWhenBusy';
import type { ConditionRecord, Observation } from './records';

type ConditionRow = {
  cluster_id: string;
  type: ConditionRecord['type'];
  status: ConditionRecord['status'];
  reason: string;
  message: string;
  next_step: string | null;
  since: number | string;
  checked_at: number | string;
};

/** In the order in which people look at them. */
const ORDER: ConditionRecord['type'][] = [
  'reachable',
  'nodes-present',
  'nodes-ready',
  'versions',
  'certificates',
  'backups',
];

/** What was seen inside clusters. All times are the database's. */
export class ConditionStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** The conditions of clusters, by cluster id; clusters that nobody looked into are missing. */
  async of(clusterIds: string[]): Promise<Map<string, ConditionRecord[]>> {
    const rows = await this.#knex<ConditionRow>('cluster_conditions').whereIn(
      'cluster_id',
      clusterIds,
    );
    const found = new Map<string, ConditionRecord[]>();
    for (const row of rows)
      found.set(row.cluster_id, [
        ...(found.get(row.cluster_id) ?? []),
        toRecord(row),
      ]);
    for (const records of found.values())
      records.sort((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type));
    return found;
  }

  /**
   * Notes what a look saw.
   *
   * @returns whether something that people see is another one now
   */
  async put(clusterId: string, observed: Observation[]): Promise<boolean> {
    return repeatWhenBusy(() =>
      this.#knex.transaction(async tx => {
        // Writes first: on SQLite a transaction that begins by reading may fail when it writes.
        await tx('cluster_conditions')
          .where({ cluster_id: clusterId })
          .update({ checked_at: tx.raw('checked_at') });
        const now = await readDatabaseTime(tx);
        const before = new Map(
          (
            await tx<ConditionRow>('cluster_conditions').where({
              cluster_id: clusterId,
            })
          ).map(row => [row.type, row]),
        );
        let isChanged = false;
        for (const one of observed) {
          const old = before.get(one.type);
          isChanged ||=
            old?.status !== one.status || old.message !== one.message;
          await tx('cluster_conditions')
            .insert({
              cluster_id: clusterId,
              type: one.type,
              status: one.status,
              reason: one.reason,
              message: one.message,
              next_step: one.nextStep ?? null,
              since: old?.status === one.status ? old.since : now,
              checked_at: now,
            })
            .onConflict(['cluster_id', 'type'])
            .merge();
        }
        return isChanged;
      }),
    );
  }
}

function toRecord(row: ConditionRow): ConditionRecord {
  return {
    type: row.type,
    status: row.status,
    reason: row.reason,
    message: row.message,
    nextStep: row.next_step ?? undefined,
    since: Number(row.since),
    checkedAt: Number(row.checked_at),
  };
}
