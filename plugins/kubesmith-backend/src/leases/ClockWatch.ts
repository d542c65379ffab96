import type {
  LoggerService,
  SchedulerService,
} from '@backstage/backend-plugin-api';
import type { Knex } from 'knex';
import { HOUR_MS } from '../time';
import type { LeaseClock } from './LeaseClock';

/** How often {@link ClockWatch.look} is to run. */
export const CLOCK_WATCH_SECONDS = 60;
/** What was noted for later than this is not waited for. */
const TOLERATED_MS = 5 * 60_000;

/**
 * Has scheduled tasks go on when the database's clock is put back. While it is ahead, Backstage's scheduler notes times in the
 * future at which global tasks are due next, and would wait for them for as long as the clock had jumped. Sweeps note the time
 * too (see {@link LeaseClock}): when that is far ahead, each of these tasks is begun now, and finds its times again.
 *
 * It must not be a global task itself.
 */
export class ClockWatch {
  readonly #deps: {
    clock: Pick<LeaseClock, 'now'>;
    knex: Knex;
    logger: LoggerService;
    scheduler: Pick<SchedulerService, 'getScheduledTasks' | 'triggerTask'>;
  };
  /** Tasks that are to be begun; those that ran just then are tried again. */
  readonly #left = new Set<string>();
  /** The note that led to it: it stays until a sweep is done. */
  #noticed?: number;

  constructor(deps: {
    clock: Pick<LeaseClock, 'now'>;
    knex: Knex;
    logger: LoggerService;
    scheduler: Pick<SchedulerService, 'getScheduledTasks' | 'triggerTask'>;
  }) {
    this.#deps = deps;
  }

  /** Looks once. */
  async look(): Promise<void> {
    const { clock, knex, logger, scheduler } = this.#deps;
    const row = await knex('lease_clock').where({ id: 1 }).first('swept_at');
    const sweptAt = Number(row?.swept_at ?? 0);
    const aheadMs = sweptAt - (await clock.now());
    if (aheadMs > TOLERATED_MS && sweptAt !== this.#noticed) {
      this.#noticed = sweptAt;
      for (const { id, scope } of await scheduler.getScheduledTasks())
        if (scope === 'global') this.#left.add(id);
      logger.warn(
        `The database's clock was put back by ${(aheadMs / HOUR_MS).toFixed(
          1,
        )} hours. Scheduled tasks do not wait for as long: they are begun now.`,
      );
    }
    for (const id of this.#left) {
      try {
        await scheduler.triggerTask(id);
        this.#left.delete(id);
      } catch (error) {
        logger.debug(`The task '${id}' cannot be begun now: ${error}`);
      }
    }
  }
}
