import type { LoggerService } from '@backstage/backend-plugin-api';
import type { ClusterPhase } from '@kubesmith/plugin-kubesmith-common';
import type { ClusterStore } from '../database/ClusterStore';
import {
  type PlatformPower,
  powerKeys,
  scheduleKeys,
} from '../power/PlatformPower';
import type { RestoreStore } from '../restore/RestoreStore';
import type { ScheduleRecord, ScheduleStore } from './ScheduleStore';
import { type Edge, lastEdge, nextLook } from './timetable';

/** What {@link ScheduleSweeper} works with. */
export interface ScheduleSweeperDeps {
  clusters: Pick<ClusterStore, 'get'>;
  logger: LoggerService;
  /** Milliseconds since the epoch, by the database. */
  now: () => Promise<number>;
  power: Pick<PlatformPower, 'begin' | 'callOff'>;
  restores: Pick<RestoreStore, 'status'>;
  schedules: ScheduleStore;
}

/**
 * In which a moment can be acted on at once; in which it has come already, unless the opposite is about to be done; in which it
 * waits; else there is nothing to do.
 */
const PHASES: Record<
  Edge['kind'],
  {
    begin: ClusterPhase;
    already: ClusterPhase;
    opposite: Edge['kind'];
    wait: readonly ClusterPhase[];
  }
> = {
  hibernate: {
    begin: 'ready',
    already: 'hibernated',
    opposite: 'wake',
    wait: [
      'reserved',
      'provisioning',
      'bootstrapping',
      'verifying',
      'updating',
      'waking',
      'restoring',
    ],
  },
  wake: {
    begin: 'hibernated',
    already: 'ready',
    opposite: 'hibernate',
    wait: ['hibernating'],
  },
};

/**
 * Has clusters sleep and wake by their timetables. Whatever came since the last look is caught up with once, by its last moment;
 * what cannot be done yet, because something else goes on, is done when that is over, unless another moment comes first.
 */
export class ScheduleSweeper {
  readonly #deps: ScheduleSweeperDeps;

  constructor(deps: ScheduleSweeperDeps) {
    this.#deps = deps;
  }

  /** One turn through all timetables. Never fails because of one of them. */
  async sweep(): Promise<void> {
    const { logger, now, restores, schedules } = this.#deps;
    // Records and machines may differ.
    if ((await restores.status()).restore) return;
    const moment = await now();
    for (const schedule of await schedules.pending(moment)) {
      try {
        await this.#look(schedule, moment);
      } catch (error) {
        logger.error(
          `The timetable of the cluster '${schedule.clusterId}' could not be followed; it is tried again`,
          error as Error,
        );
      }
    }
  }

  async #look(schedule: ScheduleRecord, now: number): Promise<void> {
    const { schedules } = this.#deps;
    const { clusterId, lookedUntil, snoozedUntil, timetable } = schedule;
    // A clock that was put back does nothing twice, and nothing before its time.
    const from = Math.min(lookedUntil, now);
    const left =
      schedule.due && schedule.due.at <= now ? schedule.due : undefined;
    const due = lastEdge(timetable, from, now) ?? left;
    const next = nextLook(timetable, now);
    if (!(await schedules.looked(schedule, { now, next, due })) || !due) return;
    const isSnoozed = snoozedUntil !== undefined && snoozedUntil > now;
    if (due.kind === 'hibernate' && isSnoozed) return;
    if (await this.#act(clusterId, due, timetable.timeZone))
      await schedules.done(clusterId, due);
  }

  /** Whether nothing is left to do. */
  async #act(clusterId: string, due: Edge, zone: string): Promise<boolean> {
    const { clusters, power } = this.#deps;
    const cluster = await clusters.get(clusterId);
    const { already, begin, opposite, wait } = PHASES[due.kind];
    const reason = `By its timetable (${new Date(
      due.at,
    ).toISOString()}, ${zone})`;
    if (!cluster) return true;
    if (cluster.phase === already) {
      // An earlier moment began the opposite, and it still waits, for room for instance.
      const answer = await power.callOff({
        clusterId,
        kind: opposite,
        keyPrefix: scheduleKeys(clusterId, opposite),
        reason,
      });
      return answer !== 'taken-up';
    }
    if (cluster.phase !== begin) return !wait.includes(cluster.phase);
    const { outcome } = await power.begin({
      kind: due.kind,
      clusterId,
      requestKey: powerKeys.schedule(clusterId, due.kind, due.at),
      reason,
      isWanted: ({ phase }) => phase === begin,
    });
    if (outcome === 'begun' || outcome === 'earlier') return true;
    // Quotas may have room for it later.
    return due.kind === 'hibernate' && outcome === 'refused';
  }
}
