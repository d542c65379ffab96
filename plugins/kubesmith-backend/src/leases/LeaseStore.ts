import type { OperationKind } from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { ClusterStore } from '../database/ClusterStore';
import { optionalTime } from '../database/clusterRows';
import type { ClusterRecord } from '../database/records';
import { LIVE } from '../engine/operationStates';
import {
  LEASE_END_KEY,
  type LeaseChange,
  type LeaseEnd,
  type LeaseHold,
  type NoticeKind,
  type SentNotice,
} from './records';

type Time = number | string;
type HoldRow = {
  reason: string;
  held_by: string;
  held_at: Time;
  until: Time | null;
  released_at: Time | null;
};
type EndRow = { noticed_at: Time; delete_at: Time };
type ChangeRow = {
  changed_at: Time;
  changed_by: string;
  from_expires_at: Time;
  to_expires_at: Time;
};

type EndingRow = {
  id: string;
  created_at: Time;
  noticed_at: Time | null;
  delete_at: Time | null;
  hold_until: Time | null;
  hold_released: Time | null;
  changed: Time | null;
};

/** A cluster whose end is near or over, with what decides about it. */
export type Ending = {
  cluster: ClusterRecord;
  /** Since when it is known that it ends then: later than the order when it was extended or held. */
  knownSince: number;
  end?: LeaseEnd;
};

/** Phases in which there is nothing left to extend or to delete. */
const ENDING = ['deleting', 'deleted'];
/** What may be done with a cluster that sleeps and leaves its machines, and whether they run, as they are. */
const LEAVE_ASLEEP: OperationKind[] = [
  'transfer',
  'snapshot',
  'remove-snapshot',
];

/** When clusters end: extensions, holds, and ends that came. `now` is always the database's time. */
export class LeaseStore {
  readonly #knex: Knex;
  readonly #clusters: Pick<ClusterStore, 'getByIds'>;

  constructor(knex: Knex, clusters: Pick<ClusterStore, 'getByIds'>) {
    this.#knex = knex;
    this.#clusters = clusters;
  }

  /** The extensions of a cluster, newest first. */
  async changes(
    clusterId: string,
    tx: Knex = this.#knex,
  ): Promise<LeaseChange[]> {
    const rows = await tx('lease_changes')
      .where({ cluster_id: clusterId })
      .orderBy('id', 'desc')
      .select<ChangeRow[]>('*');
    return rows.map(row => ({
      changedAt: Number(row.changed_at),
      changedBy: row.changed_by,
      from: Number(row.from_expires_at),
      to: Number(row.to_expires_at),
    }));
  }

  /** Why a cluster does not expire now; undefined when it does. */
  async hold(
    clusterId: string,
    now: number,
    tx: Knex = this.#knex,
  ): Promise<LeaseHold | undefined> {
    const row = await inForce(tx('lease_holds'), now)
      .where({ cluster_id: clusterId })
      .first<HoldRow>('*');
    return (
      row && {
        reason: row.reason,
        heldBy: row.held_by,
        heldAt: Number(row.held_at),
        until: optionalTime(row.until),
      }
    );
  }

  /** When a cluster whose time is over is deleted; undefined when its time is not over. */
  async end(
    clusterId: string,
    tx: Knex = this.#knex,
  ): Promise<LeaseEnd | undefined> {
    const row = await tx('lease_ends')
      .where({ cluster_id: clusterId })
      .first<EndRow>('*');
    return row && toEnd(row);
  }

  /** What the owner was told about this end and earlier ones, oldest first. */
  async sentNotices(clusterId: string): Promise<SentNotice[]> {
    const rows = await this.#knex('lease_notices')
      .where({ cluster_id: clusterId })
      .whereNotNull('sent_at')
      .orderBy('sent_at')
      .select<{ kind: NoticeKind; sent_at: Time }[]>('kind', 'sent_at');
    return rows.map(row => ({ kind: row.kind, sentAt: Number(row.sent_at) }));
  }

  /** Gives a cluster another end; whatever was going to happen at the old one does not. */
  async change(
    tx: Knex.Transaction,
    clusterId: string,
    change: LeaseChange,
  ): Promise<void> {
    await tx('clusters')
      .where({ id: clusterId })
      .update({ expires_at: change.to, updated_at: change.changedAt });
    await tx('lease_ends').where({ cluster_id: clusterId }).delete();
    await tx('lease_changes').insert({
      cluster_id: clusterId,
      changed_at: change.changedAt,
      changed_by: change.changedBy,
      from_expires_at: change.from,
      to_expires_at: change.to,
    });
  }

  /** Holds a cluster. When the hold ends, what remains begins anew: a grace that had begun is forgotten. */
  async putHold(
    tx: Knex.Transaction,
    clusterId: string,
    hold: LeaseHold,
  ): Promise<void> {
    await tx('lease_holds').where({ cluster_id: clusterId }).delete();
    await tx('lease_holds').insert({
      cluster_id: clusterId,
      reason: hold.reason,
      held_by: hold.heldBy,
      held_at: hold.heldAt,
      until: hold.until ?? null,
    });
    await tx('lease_ends').where({ cluster_id: clusterId }).delete();
  }

  /** Ends the hold of a cluster, if there is one. */
  async release(
    tx: Knex.Transaction,
    clusterId: string,
    release: { by: string; now: number },
  ): Promise<void> {
    await inForce(tx('lease_holds'), release.now)
      .where({ cluster_id: clusterId })
      .update({ released_at: release.now, released_by: release.by });
  }

  /** Living clusters, not held nor waiting for room, that end before a time or have ended; the first to end first. */
  async ending(before: number, now: number): Promise<Ending[]> {
    const rows = await this.#living(now)
      .where('clusters.expires_at', '<=', before)
      .leftJoin('lease_ends', 'lease_ends.cluster_id', 'clusters.id')
      .leftJoin('lease_holds', 'lease_holds.cluster_id', 'clusters.id')
      .orderBy('clusters.expires_at')
      .select('clusters.id', 'clusters.created_at')
      .select('lease_ends.noticed_at', 'lease_ends.delete_at', {
        hold_until: 'lease_holds.until',
        hold_released: 'lease_holds.released_at',
        changed: this.#knex('lease_changes')
          .whereRaw('lease_changes.cluster_id = clusters.id')
          .max('changed_at'),
      });
    const records = await this.#clusters.getByIds(
      (rows as EndingRow[]).map(({ id }) => id),
    );
    return (rows as EndingRow[]).flatMap((row, index) => {
      const cluster = records[index];
      return cluster ? [toEnding(row, cluster)] : [];
    });
  }

  /** Whether the time of a living cluster that is not held, and does not wait for room, is over. */
  async isOver(clusterId: string, now: number, tx: Knex): Promise<boolean> {
    const row = await this.#living(now, tx)
      .where('clusters.id', clusterId)
      .where('clusters.expires_at', '<=', now)
      .first('clusters.id');
    return row !== undefined;
  }

  /** Notes that the time of a cluster is over, and when it is to be deleted. Does nothing when that is known. */
  async noteEnd(
    clusterId: string,
    end: LeaseEnd,
    tx: Knex.Transaction,
  ): Promise<void> {
    await tx('lease_ends')
      .insert({
        cluster_id: clusterId,
        noticed_at: end.noticedAt,
        delete_at: end.deleteAt,
      })
      .onConflict('cluster_id')
      .ignore();
  }

  /**
   * Clusters that sleep because their time was over, and have time again, or are held: the last thing that was done with their
   * machines was to send them to sleep for it.
   *
   * @returns their ids, and the operations that sent them to sleep
   */
  async asleepAfterAll(
    now: number,
    clusterId?: string,
  ): Promise<{ clusterId: string; operationId: string }[]> {
    const query = this.#knex('clusters')
      .join('operations', 'operations.cluster_id', 'clusters.id')
      .whereNull('clusters.deleted_at')
      .whereIn('clusters.phase', ['hibernated', 'failed'])
      .where('operations.kind', 'hibernate')
      .where('operations.request_key', 'like', `${LEASE_END_KEY}%`)
      .whereNotExists(
        this.#knex('operations as later')
          .whereRaw('later.cluster_id = clusters.id')
          .whereRaw('later.created_at > operations.created_at')
          .whereNotIn('later.kind', LEAVE_ASLEEP)
          .select(this.#knex.raw('1')),
      )
      .whereNotExists(
        this.#knex('lease_ends')
          .whereRaw('lease_ends.cluster_id = clusters.id')
          .select(this.#knex.raw('1')),
      )
      .where(saved =>
        saved
          .where('clusters.expires_at', '>', now)
          .orWhereExists(
            inForce(this.#knex('lease_holds as holding'), now)
              .whereRaw('holding.cluster_id = clusters.id')
              .select(this.#knex.raw('1')),
          ),
      )
      .select({ clusterId: 'clusters.id', operationId: 'operations.id' });
    if (clusterId !== undefined) query.where('clusters.id', clusterId);
    return query;
  }

  /** Forgets ends that did not come after all: a clock that was too early was put right. */
  async forgetEndsAhead(now: number): Promise<void> {
    await this.#knex('lease_ends')
      .whereIn(
        'cluster_id',
        this.#knex('clusters').where('expires_at', '>', now).select('id'),
      )
      .delete();
  }

  /**
   * Clusters whose time passes. That of an order which waits for room does not: what it waited is given back when it has its turn,
   * see `RoomStore`.
   */
  #living(now: number, tx: Knex = this.#knex): Knex.QueryBuilder {
    return tx('clusters')
      .whereNull('clusters.deleted_at')
      .whereNotIn('clusters.phase', ENDING)
      .where(passing =>
        passing
          .whereNot('clusters.phase', 'reserved')
          .orWhereNotExists(
            tx('room_requests as asking')
              .join('operations as asker', 'asker.id', 'asking.operation_id')
              .whereRaw('asking.cluster_id = clusters.id')
              .where('asking.state', 'waiting')
              .whereIn('asker.status', LIVE)
              .select(tx.raw('1')),
          ),
      )
      .whereNotExists(
        inForce(tx('lease_holds as holding'), now)
          .whereRaw('holding.cluster_id = clusters.id')
          .select(tx.raw('1')),
      );
  }
}

function toEnding(row: EndingRow, cluster: ClusterRecord): Ending {
  return {
    cluster,
    knownSince: Math.max(
      Number(row.created_at),
      Number(row.changed ?? 0),
      // The hold is over, or the cluster would not be here.
      Number(row.hold_released ?? row.hold_until ?? 0),
    ),
    end:
      row.noticed_at === null || row.delete_at === null
        ? undefined
        : toEnd({ noticed_at: row.noticed_at, delete_at: row.delete_at }),
  };
}

/** Only holds that are in force. */
function inForce(query: Knex.QueryBuilder, now: number): Knex.QueryBuilder {
  return query
    .whereNull('released_at')
    .where(open => open.whereNull('until').orWhere('until', '>', now));
}

function toEnd(row: EndRow): LeaseEnd {
  return {
    noticedAt: Number(row.noticed_at),
    deleteAt: Number(row.delete_at),
  };
}
