import type { Knex } from 'knex';
import { databaseTime } from '../database/databaseTime';
import type { ClusterRecord } from '../database/records';
import { unavailable } from '../errors/apiErrors';
import type { HighWaterMark } from './highWaterMark';

/**
 * `detected`: nothing goes on. `compared`: the clusters that do not agree with their machines are held, others go on, new
 * orders wait for the administrator.
 */
export type RestoreState = 'detected' | 'compared';

/** How the database stands. */
export interface DatabaseStatus {
  mark: HighWaterMark;
  restore?: {
    state: RestoreState;
    reason: string;
    /** Milliseconds since the epoch. */ detectedAt: number;
  };
}

type GenerationRow = {
  database_id: string;
  generation: number;
  restore_state: RestoreState | null;
  restore_detected_at: number | string | null;
  restore_reason: string | null;
  last_event: number | string | null;
};

const HELD_CODE = 'KUBESMITH-DATABASE-RESTORED';

/** Whether a cluster waits for an administrator to accept a restored database. */
export function isHeld(
  cluster: Pick<ClusterRecord, 'phase' | 'failure'>,
): boolean {
  return (
    cluster.phase === 'needs-attention' && cluster.failure?.code === HELD_CODE
  );
}

/** Which database this is, how far it is, and whether it was restored from a backup. */
export class RestoreStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  async status(tx: Knex = this.#knex): Promise<DatabaseStatus> {
    const row: GenerationRow = await tx('database_generation')
      .where({ id: 1 })
      .first('*', {
        last_event: tx('operation_events').max('id'),
      } as never);
    return {
      mark: {
        databaseId: row.database_id,
        generation: row.generation,
        lastEvent: Number(row.last_event ?? 0),
      },
      restore: row.restore_state
        ? {
            state: row.restore_state,
            reason: row.restore_reason!,
            detectedAt: Number(row.restore_detected_at),
          }
        : undefined,
    };
  }

  /** Notes that the database was restored; the first to notice says why. */
  async detected(reason: string): Promise<void> {
    await this.#knex('database_generation')
      .where({ id: 1 })
      .whereNull('restore_state')
      .update({
        restore_state: 'detected',
        restore_detected_at: databaseTime(this.#knex),
        restore_reason: reason,
      });
  }

  /** Notes that records and machines were compared. Returns false when another process did so first. */
  async compared(tx: Knex.Transaction): Promise<boolean> {
    const changed = await tx('database_generation')
      .where({ id: 1, restore_state: 'detected' })
      .update({ restore_state: 'compared' });
    return changed === 1;
  }

  /** From now on this database is the right one, also for folders that are ahead of it. */
  async accepted(tx: Knex.Transaction): Promise<void> {
    await tx('database_generation')
      .where({ id: 1 })
      .update({
        generation: tx.raw('generation + 1'),
        restore_state: null,
        restore_detected_at: null,
        restore_reason: null,
      });
  }

  /** Refuses an order while a restored database is not accepted: addresses may be in use that the records do not know. */
  async requireForOrders(): Promise<void> {
    if ((await this.status()).restore)
      throw unavailable(HELD_CODE, {
        detail: 'New clusters wait: addresses may be in use unknown to it.',
      });
  }

  /** Refuses a change of a cluster whose records and machines were not compared yet, or do not agree. */
  async requireForChange(
    cluster: Pick<ClusterRecord, 'name' | 'phase' | 'failure'> | undefined,
  ): Promise<void> {
    const { restore } = await this.status();
    if (restore?.state === 'detected')
      throw unavailable(HELD_CODE, { detail: 'They are being compared.' });
    if (cluster && isHeld(cluster))
      throw unavailable(HELD_CODE, {
        detail: `The cluster '${cluster.name}' is among those that differ.`,
      });
  }
}
