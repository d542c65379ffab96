import type { Knex } from 'knex';
import { optionalTime } from '../database/clusterRows';
import { readDatabaseTime } from '../database/databaseTime';
import {
  type AnyTimetable,
  type Edge,
  type Timetable,
  nextLook,
} from './timetable';

/** When a cluster sleeps and wakes by itself, and how far that is. Times are milliseconds since the epoch. */
export interface ScheduleRecord {
  clusterId: string;
  timetable: AnyTimetable;
  /** Entity ref. */
  setBy: string;
  setAt: number;
  /** All moments up to this one were dealt with. */
  lookedUntil: number;
  /** What is still to be done. */
  due?: Edge;
  /** The cluster does not go to sleep before. */
  snoozedUntil?: number;
}

type Time = number | string;
type Row = {
  cluster_id: string;
  /** Empty where a calendar is in its place. */
  sleep: string;
  wake: string | null;
  calendar: string | null;
  time_zone: string;
  set_by: string;
  set_at: Time;
  looked_until: Time;
  due_kind: Edge['kind'] | null;
  due_at: Time | null;
  snoozed_until: Time | null;
};

/** The timetables of clusters. */
export class ScheduleStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** The timetable of a cluster. */
  async find(clusterId: string): Promise<ScheduleRecord | undefined> {
    const row = await this.#knex('cluster_schedules')
      .where({ cluster_id: clusterId })
      .first<Row>('*');
    return row && toRecord(row);
  }

  /** Gives a cluster a timetable, in place of the one that it had; moments before now do not count. */
  async put(
    clusterId: string,
    schedule: {
      timetable: AnyTimetable;
      setBy: string;
      now: number;
      next: number;
    },
    db: Knex = this.#knex,
  ): Promise<void> {
    const { next, now, setBy, timetable } = schedule;
    const values = {
      ...toColumns(timetable),
      set_by: setBy,
      set_at: now,
      looked_until: now,
      next_at: next,
      due_kind: null,
      due_at: null,
      snoozed_until: null,
    };
    await db('cluster_schedules')
      .insert({ cluster_id: clusterId, ...values })
      .onConflict('cluster_id')
      .merge(values);
  }

  /** Gives a timetable to a cluster that is being recorded; it begins with it. */
  async begin(
    tx: Knex.Transaction,
    clusterId: string,
    schedule: { timetable: Timetable; setBy: string },
  ): Promise<void> {
    const now = await readDatabaseTime(tx);
    const next = nextLook(schedule.timetable, now);
    await this.put(clusterId, { ...schedule, now, next }, tx);
  }

  /** Takes a cluster's timetable away. */
  async remove(clusterId: string): Promise<void> {
    await this.#knex('cluster_schedules')
      .where({ cluster_id: clusterId })
      .delete();
  }

  /** Keeps a cluster from going to sleep until a time; not any more, without one. Returns whether there is a timetable. */
  async snooze(clusterId: string, until: number | undefined): Promise<boolean> {
    const changed = await this.#knex('cluster_schedules')
      .where({ cluster_id: clusterId })
      .update({ snoozed_until: until ?? null });
    return changed > 0;
  }

  /**
   * Timetables of living clusters of which a moment came, or of which something is still to be done; and those that were looked at
   * in the future, by a clock that was put back since.
   */
  async pending(now: number): Promise<ScheduleRecord[]> {
    const rows: Row[] = await this.#knex('cluster_schedules as s')
      .join('clusters as c', 'c.id', 's.cluster_id')
      .whereNull('c.deleted_at')
      .whereNot('c.phase', 'deleting')
      .where(pending =>
        pending
          .where('s.next_at', '<=', now)
          .orWhere('s.looked_until', '>', now)
          .orWhereNotNull('s.due_kind'),
      )
      .orderBy('s.next_at')
      .select('s.*');
    return rows.map(toRecord);
  }

  /**
   * Notes that all moments up to now were seen, and which one is to be acted on.
   *
   * @returns false when somebody else looked, or changed the timetable, meanwhile
   */
  async looked(
    before: ScheduleRecord,
    seen: { now: number; next: number; due: Edge | undefined },
  ): Promise<boolean> {
    const changed = await this.#knex('cluster_schedules')
      .where({
        cluster_id: before.clusterId,
        looked_until: before.lookedUntil,
        set_at: before.setAt,
      })
      .update({
        looked_until: seen.now,
        next_at: seen.next,
        due_kind: seen.due?.kind ?? null,
        due_at: seen.due?.at ?? null,
      });
    return changed > 0;
  }

  /** Notes that a moment was acted on. */
  async done(clusterId: string, { at, kind }: Edge): Promise<void> {
    await this.#knex('cluster_schedules')
      .where({ cluster_id: clusterId, due_kind: kind, due_at: at })
      .update({ due_kind: null, due_at: null });
  }
}

function toRecord(row: Row): ScheduleRecord {
  return {
    clusterId: row.cluster_id,
    timetable: toTimetable(row),
    setBy: row.set_by,
    setAt: Number(row.set_at),
    lookedUntil: Number(row.looked_until),
    due:
      row.due_kind === null
        ? undefined
        : { kind: row.due_kind, at: Number(row.due_at) },
    snoozedUntil: optionalTime(row.snoozed_until),
  };
}

function toColumns(timetable: AnyTimetable) {
  const { timeZone, ...times } = timetable;
  return 'spans' in times
    ? {
        sleep: '',
        wake: null,
        calendar: JSON.stringify(times),
        time_zone: timeZone,
      }
    : {
        sleep: times.sleep,
        wake: times.wake ?? null,
        calendar: null,
        time_zone: timeZone,
      };
}

function toTimetable(row: Row): AnyTimetable {
  const timeZone = row.time_zone;
  return row.calendar === null
    ? { sleep: row.sleep, wake: row.wake ?? undefined, timeZone }
    : { ...JSON.parse(row.calendar), timeZone };
}
