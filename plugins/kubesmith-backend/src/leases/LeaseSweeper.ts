import type { LoggerService } from '@backstage/backend-plugin-api';
import type { NotificationService } from '@backstage/plugin-notifications-node';
import type { Knex } from 'knex';
import type { AuditTrail } from '../audit/AuditTrail';
import { notifyOwner } from '../clusters/notifyOwner';
import { repeatWhenBusy } from '../database/repeatWhenBusy';
import type { OperationStore } from '../engine/OperationStore';
import type { DeletionService } from '../orders/DeletionService';
import { type PlatformPower, powerKeys } from '../power/PlatformPower';
import type { RestoreStore } from '../restore/RestoreStore';
import { DAY_MS, HOUR_MS } from '../time';
import type { LeaseClock, Tick } from './LeaseClock';
import type { Ending, LeaseStore } from './LeaseStore';
import { type NoticeStore, noticeKey } from './NoticeStore';
import { dueNotice } from './dueNotice';
import { deletedText, formatMoment, noticeText } from './noticeTexts';
import { type FindLeaseRules, PLATFORM } from './records';

/** How often {@link LeaseSweeper.sweep} is to run: the last warning comes an hour before the end. */
export const LEASE_SWEEP_SECONDS = 60;
const WARN_AHEAD_MS = 7 * DAY_MS;
const SHOUT_AGAIN_MS = HOUR_MS;

/** What the sweeper works with. */
export interface LeaseSweeperDeps {
  administrators: string[];
  audit: Pick<AuditTrail, 'byPlatform'>;
  clock: LeaseClock;
  deletions: Pick<DeletionService, 'requestIf'>;
  knex: Knex;
  leases: LeaseStore;
  logger: LoggerService;
  notices: NoticeStore;
  notifications: NotificationService;
  operations: Pick<OperationStore, 'lock'>;
  power: Pick<PlatformPower, 'begin'>;
  restores: Pick<RestoreStore, 'status'>;
  rulesOf: FindLeaseRules;
  /** Called when a deletion was requested. */
  onDeletion: (clusterId: string) => void;
  /** Called when something changed that a cluster's page shows. */
  onChange: (clusterId: string) => void;
}

/**
 * Brings clusters to the end of their time: warns their owners, notes the end, has them sleep, and after the grace deleted. Every step
 * is in the database, so that replicas and restarts neither repeat nor forget one.
 */
export class LeaseSweeper {
  readonly #deps: LeaseSweeperDeps;
  readonly #shouted = new Map<string, number>();

  constructor(deps: LeaseSweeperDeps) {
    this.#deps = deps;
  }

  /** One turn through all clusters. Never fails because of one of them. */
  async sweep(): Promise<void> {
    const { clock, leases } = this.#deps;
    const tick = await clock.tick();
    await this.#tellOfClock(tick);
    if (tick.doubtedUntil !== undefined) return;
    const { now } = tick;
    await leases.forgetEndsAhead(now);

    const noted = await leases.ending(now, now);
    await this.#each(noted, ending => this.#noteEnd(ending, now));
    if (await this.#mayDelete()) {
      const over = (await leases.ending(now, now)).filter(
        ({ end }) => end && end.deleteAt > now,
      );
      await this.#each(over, ending => this.#sleep(ending));
      await this.wakeSaved(now);
    }

    const endings = await leases.ending(now + WARN_AHEAD_MS, now);
    await this.#tell(endings, now);
    if (!(await this.#mayDelete())) return;
    const due = endings.filter(({ end }) => end && end.deleteAt <= now);
    await this.#each(due, ending => this.#delete(ending));
  }

  async #noteEnd({ cluster, end }: Ending, now: number): Promise<void> {
    if (end) return;
    const { knex, leases, logger, onChange, operations, rulesOf } = this.#deps;
    const rules = await rulesOf(cluster.environment);
    if (!rules) {
      this.#shout(`rules ${cluster.environment}`, () =>
        logger.warn(
          `Clusters of the environment '${cluster.environment}' expired and are kept: the environment is not configured, so nobody knows for how long.`,
        ),
      );
      return;
    }
    await repeatWhenBusy(() =>
      knex.transaction(async tx => {
        await operations.lock(cluster.id, tx);
        if (!(await leases.isOver(cluster.id, now, tx))) return;
        await leases.noteEnd(
          cluster.id,
          { noticedAt: now, deleteAt: now + rules.graceMs },
          tx,
        );
      }),
    );
    onChange(cluster.id);
  }

  /**
   * Has a cluster whose time is over sleep until it is deleted. While something else is done with it, it is looked at again; what
   * does not succeed is not tried twice, and stops no deletion.
   */
  async #sleep({ cluster, end }: Ending): Promise<void> {
    if (cluster.phase !== 'ready') return;
    await this.#deps.power.begin({
      kind: 'hibernate',
      clusterId: cluster.id,
      requestKey: powerKeys.leaseEnd(cluster.id, end!.noticedAt),
      reason: `Expired on ${formatMoment(cluster.expiresAt)}`,
      isWanted: known => known.expiresAt === cluster.expiresAt,
    });
  }

  /**
   * Wakes clusters that sleep because their time was over, and have time again, or are held. What quotas refuse is tried again.
   *
   * @param clusterId - only this one
   */
  async wakeSaved(now: number, clusterId?: string): Promise<void> {
    const { leases, power } = this.#deps;
    const saved = await leases.asleepAfterAll(now, clusterId);
    await this.#each(
      saved.map(found => ({ ...found, cluster: { id: found.clusterId } })),
      async ({ cluster: { id }, operationId }) => {
        await power.begin({
          kind: 'wake',
          clusterId: id,
          requestKey: powerKeys.leaseSaved(operationId),
          reason: 'It has time again',
          isWanted: () => true,
        });
      },
    );
  }

  async #tell(endings: Ending[], now: number): Promise<void> {
    const { logger, notices, notifications, onChange } = this.#deps;
    const due = endings.flatMap(ending => {
      const notice = dueNotice(ending, now);
      return notice ? [{ cluster: ending.cluster, notice }] : [];
    });
    const settled = await notices.settled(
      due.map(({ cluster }) => cluster.id),
      now,
    );
    await this.#each(
      due.filter(({ notice }) => !settled.has(noticeKey(notice))),
      async ({ cluster, notice }) => {
        if (!(await notices.claim(notice, now))) return;
        try {
          await notifyOwner(
            notifications,
            cluster,
            noticeText(cluster, notice, now),
            // Sent twice by a process that died in between, it still is one notification.
            `lease:${notice.kind}:${notice.about}`,
          );
        } catch (error) {
          logger.info('Nobody was notified of the end of a cluster yet', {
            clusterId: cluster.id,
            notice: notice.kind,
            error: String(error),
          });
          return;
        }
        await notices.sent(notice, now);
        onChange(cluster.id);
      },
    );
  }

  /** After a restored backup, extensions may be missing from the records. */
  async #mayDelete(): Promise<boolean> {
    const { restore } = await this.#deps.restores.status();
    return restore === undefined;
  }

  async #delete({ cluster, end }: Ending): Promise<void> {
    const { audit, clock, deletions, leases, logger, notifications } =
      this.#deps;
    // Records and machines contradict each other: a person looks first.
    if (cluster.phase === 'needs-attention') return;
    const expired = formatMoment(cluster.expiresAt);
    const operationId = await deletions.requestIf(
      {
        clusterId: cluster.id,
        initiator: PLATFORM,
        reason: `Expired on ${expired}`,
        message: `The time of the cluster was over on ${expired} and nobody extended it`,
      },
      async tx => {
        const now = await clock.now(tx);
        const known = await leases.end(cluster.id, tx);
        return (
          known !== undefined &&
          known.deleteAt <= now &&
          (await leases.isOver(cluster.id, now, tx))
        );
      },
    );
    if (operationId === undefined) return;
    this.#deps.onDeletion(cluster.id);
    await audit.byPlatform({
      noun: 'cluster',
      verb: 'expire',
      severityLevel: 'high',
      meta: {
        clusterId: cluster.id,
        environment: cluster.environment,
        operationId,
        owner: cluster.owner,
        expiredAt: new Date(cluster.expiresAt).toISOString(),
        noticedAt: new Date(end!.noticedAt).toISOString(),
      },
    });
    await notifyOwner(
      notifications,
      cluster,
      deletedText(cluster),
      'lease:deleted',
    ).catch(error =>
      logger.info('Nobody was notified that an expired cluster is deleted', {
        clusterId: cluster.id,
        error: String(error),
      }),
    );
  }

  async #tellOfClock({ doubtedUntil, jumped, pause, now }: Tick) {
    const { administrators, logger, notifications } = this.#deps;
    if (pause !== undefined && jumped === undefined) {
      logger.warn(
        `Nobody looked for expired clusters for ${hours(
          pause,
        )}: the portal was down, or the database's clock was set. Deletions of expired clusters were put off by as much.`,
      );
    }
    if (doubtedUntil === undefined) return;
    const text = `KUBESMITH-CLOCK-JUMPED: the database's clock says ${new Date(
      now,
    ).toISOString()} and is not believed${
      jumped === undefined ? '' : `: it jumped ahead by ${hours(jumped)}`
    }. Nothing expires before ${formatMoment(
      doubtedUntil,
    )}. Put the clock right; if it is right now, nothing needs to be done.`;
    if (jumped !== undefined) this.#shouted.delete('clock');
    this.#shout('clock', () => logger.error(text));
    if (jumped === undefined || administrators.length === 0) return;
    await notifications
      .send({
        recipients: { type: 'entity', entityRef: administrators },
        payload: {
          title: 'The clock of the portal’s database jumped',
          description: text,
          severity: 'critical',
          topic: 'kubesmith',
          scope: 'kubesmith:clock',
        },
      })
      .catch(error =>
        logger.info('Nobody was notified that the clock jumped', {
          error: String(error),
        }),
      );
  }

  async #each<T extends { cluster: { id: string } }>(
    items: T[],
    action: (item: T) => Promise<void>,
  ): Promise<void> {
    for (const item of items) {
      try {
        await action(item);
      } catch (error) {
        this.#deps.logger.error(
          `The end of the cluster '${item.cluster.id}' could not be dealt with; it is tried again`,
          error as Error,
        );
      }
    }
  }

  /** Says something that stays true, once an hour. */
  #shout(what: string, say: () => void): void {
    const before = this.#shouted.get(what);
    if (before !== undefined && performance.now() - before < SHOUT_AGAIN_MS)
      return;
    this.#shouted.set(what, performance.now());
    say();
  }
}

function hours(ms: number): string {
  return `${Math.round(ms / HOUR_MS)} hours`;
}
