import type { LoggerService } from '@backstage/backend-plugin-api';
import type { Knex } from 'knex';
import { LIVE } from '../engine/operationStates';
import { PLATFORM } from '../leases/records';
import type { PlatformPower } from '../power/PlatformPower';
import type { RestoreStore } from '../restore/RestoreStore';
import { type AutomaticBackups, dueBackups } from './dueBackups';

/** So many for each that works may wait for another try: what is out of order holds up the others only for a while. */
const PATIENCE = 3;

/** What {@link BackupSweeper} works with. */
export interface BackupSweeperDeps {
  knex: Knex;
  logger: LoggerService;
  /** Milliseconds since the epoch, by the database. */
  now: () => Promise<number>;
  power: Pick<PlatformPower, 'begin'>;
  restores: Pick<RestoreStore, 'status'>;
  settings: AutomaticBackups;
}

/**
 * Backs up ready clusters by itself, each at moments of its own. Only few at once, so that the engine's workers are there for what
 * people order. One that fails is tried again at the cluster's next moment; until then a condition of the cluster says so.
 */
export class BackupSweeper {
  readonly #deps: BackupSweeperDeps;

  constructor(deps: BackupSweeperDeps) {
    this.#deps = deps;
  }

  /** Begins what is due, as far as may be at once. Never fails because of one cluster. */
  async sweep(): Promise<void> {
    const { knex, logger, now, power, restores, settings } = this.#deps;
    const { everyMs } = settings;
    // After a restored database, records and clusters may differ.
    if (everyMs === undefined || (await restores.status()).restore) return;
    let free = await this.#free();
    if (free <= 0) return;
    for (const { clusterId, requestKey } of await dueBackups(
      knex,
      everyMs,
      await now(),
    )) {
      if (free <= 0) return;
      try {
        const { outcome } = await power.begin({
          kind: 'backup',
          clusterId,
          requestKey,
          reason: 'Automatic backup',
          isWanted: ({ phase }) => phase === 'ready',
        });
        if (outcome === 'begun') free -= 1;
      } catch (error) {
        logger.error(
          `The cluster '${clusterId}' could not be backed up; it is tried again`,
          error as Error,
        );
      }
    }
  }

  /** How many more may begin now. */
  async #free(): Promise<number> {
    const { knex, settings } = this.#deps;
    const live: { status: string }[] = await knex('operations')
      .where({ kind: 'backup', initiator: PLATFORM })
      .whereIn('status', LIVE)
      .select('status');
    const working = live.filter(({ status }) => status !== 'waiting').length;
    return Math.min(
      settings.atOnce - working,
      PATIENCE * settings.atOnce - live.length,
    );
  }
}
