import type { Knex } from 'knex';
import { repeatWhenBusy } from '../database/repeatWhenBusy';
import { DAY_MS, HOUR_MS } from '../time';
import type { LeaseTime } from './records';

/** Sweeps are a minute apart; an hour without one is a pause, or a clock that jumped. */
const TOLERATED_MS = 2 * HOUR_MS;
/** For so long nothing expires after a jump: staff has time to put the clock right. */
const DOUBT_MS = DAY_MS;

/** What a look at the clock gives. */
export interface Tick {
  /** The database's time. */
  now: number;
  /** Nothing may expire before this time: the clock is not believed. */
  doubtedUntil?: number;
  /** It was just noticed that the clock jumped ahead by so much (ms). */
  jumped?: number;
  /** Nobody swept for so long (ms); all deletions were put off by as much. */
  pause?: number;
}

/**
 * Keeps a clock that was set wrong from deleting clusters. Deletions are put off by as much time as nobody looked, whether the
 * portal was down or the clock jumped: a grace is time in which people could have come. When the clock that is never set shows
 * that it was a jump, nothing expires for a day, or until the clock is put back.
 */
export class LeaseClock {
  readonly #knex: Knex;
  readonly #time: LeaseTime;
  #seen?: { database: number; monotonic: number };

  constructor(knex: Knex, time: LeaseTime) {
    this.#knex = knex;
    this.#time = time;
  }

  /** The database's time, for everything but sweeps. */
  async now(tx: Knex = this.#knex): Promise<number> {
    return this.#time.database(tx);
  }

  /** Whether nothing expires at the moment, because the clock is not believed. */
  async isDoubted(now: number, tx: Knex = this.#knex): Promise<boolean> {
    const row = await tx('lease_clock').where({ id: 1 }).first('doubted_until');
    return Number(row.doubted_until ?? 0) > now;
  }

  /** Looks at the clocks; to be called once at the beginning of each sweep. */
  async tick(): Promise<Tick> {
    const { tick, seen } = await repeatWhenBusy(() =>
      this.#knex.transaction(tx => this.#look(tx)),
    );
    this.#seen = seen;
    return tick;
  }

  async #look(tx: Knex.Transaction) {
    // The first statement writes: replicas look one after another.
    await tx('lease_clock')
      .where({ id: 1 })
      .update({ swept_at: tx.raw('swept_at') });
    const row = await tx('lease_clock').where({ id: 1 }).first('*');
    const now = await this.#time.database(tx);
    const seen = { database: now, monotonic: this.#time.monotonic() };

    const gap = now - Number(row.swept_at ?? now);
    const jump = this.#seen
      ? seen.database -
        this.#seen.database -
        (seen.monotonic - this.#seen.monotonic)
      : 0;
    const pause = gap > TOLERATED_MS ? gap : undefined;
    const jumped = jump > TOLERATED_MS ? jump : undefined;
    const wentBack = Math.min(gap, jump) < -TOLERATED_MS;

    let doubtedUntil = Number(row.doubted_until ?? 0);
    if (wentBack) doubtedUntil = 0;
    if (jumped !== undefined) doubtedUntil = now + DOUBT_MS;
    const isDoubted = doubtedUntil > now;
    if (pause !== undefined) {
      await tx('lease_ends').update({
        delete_at: tx.raw('delete_at + ?', [pause]),
      });
    }
    await tx('lease_clock')
      .where({ id: 1 })
      .update({
        swept_at: now,
        doubted_until: isDoubted ? doubtedUntil : null,
      });
    const tick: Tick = {
      now,
      doubtedUntil: isDoubted ? doubtedUntil : undefined,
      jumped,
      pause,
    };
    return { tick, seen };
  }
}
