import type { LoggerService } from '@backstage/backend-plugin-api';
import type { Knex } from 'knex';
import type { AuditTrail } from '../audit/AuditTrail';
import type { ClusterStore } from '../database/ClusterStore';
import type { ClusterRecord } from '../database/records';
import type { OperationStore } from '../engine/OperationStore';
import { LEASE_END_KEY, PLATFORM } from '../leases/records';
import type { OperationRequests } from '../operations/requests';
import { type CallOffAnswer, type CallOffWish, callOff } from './callOff';

/** A cluster that the portal itself is to send to sleep, to wake or to back up. */
export interface PlatformWish {
  kind: 'hibernate' | 'wake' | 'backup';
  clusterId: string;
  /** What is wished once, however often one looks; see {@link powerKeys}. */
  requestKey: string;
  /** For the cluster's history. */
  reason: string;
  /** Looks once more when nobody else can change the cluster. */
  isWanted: (cluster: ClusterRecord) => boolean;
}

/** What came of a wish: it was begun, was begun before, is not possible at the moment, or is refused as things are. */
export type PlatformAnswer =
  | { outcome: 'begun' | 'earlier'; operationId: string }
  | { outcome: 'not-now' | 'refused'; why: string };

/** Names of wishes: a cluster whose time is over, one that was saved, and a moment of a timetable. */
export const powerKeys = {
  leaseEnd: (clusterId: string, noticedAt: number) =>
    `${LEASE_END_KEY}${clusterId}/${noticedAt}`,
  leaseSaved: (hibernationId: string) => `lease-saved/${hibernationId}`,
  schedule: (clusterId: string, kind: string, moment: number) =>
    `${scheduleKeys(clusterId, kind)}${moment}`,
};

/** How the names of all wishes of one kind by a cluster's timetable begin. */
export function scheduleKeys(clusterId: string, kind: string): string {
  return `schedule/${kind}/${clusterId}/`;
}

/** Whether an operation is none that its owner is told of: they know of the timetable, and a notice tells of the end. */
export function isQuiet({ requestKey = '' }: { requestKey?: string }): boolean {
  return /^(lease-end|schedule)\//.test(requestKey);
}

class NotWanted extends Error {}

/** What {@link PlatformPower} works with. */
export interface PlatformPowerDeps {
  audit: Pick<AuditTrail, 'byPlatform'>;
  clusters: Pick<ClusterStore, 'get'>;
  knex: Knex;
  logger: LoggerService;
  operations: OperationStore;
  requests: Pick<OperationRequests, 'start'>;
  /** Called when an operation was recorded. */
  onBegun: (clusterId: string, kind: PlatformWish['kind']) => void;
  /** Called when an operation is to be stopped. */
  onCalledOff: (clusterId: string) => void;
}

/** Sends clusters to sleep, wakes them and backs them up in the portal's own name, by the same rules as for people. */
export class PlatformPower {
  readonly #deps: PlatformPowerDeps;

  constructor(deps: PlatformPowerDeps) {
    this.#deps = deps;
  }

  /** Begins what is wished, if that is possible now. Fails only for reasons that nobody foresaw. */
  async begin(wish: PlatformWish): Promise<PlatformAnswer> {
    const { audit, logger, onBegun, operations, requests } = this.#deps;
    const { clusterId, isWanted, kind, reason, requestKey } = wish;
    const earlier = await operations.findByRequestKey(requestKey);
    if (earlier) return { outcome: 'earlier', operationId: earlier.id };
    let cluster: ClusterRecord | undefined;
    let operationId: string;
    try {
      operationId = await requests.start({
        clusterId,
        request: { kind },
        // It orders nothing.
        caller: { userRef: PLATFORM, claims: [], mayOrder: () => false },
        requestKey,
        reason,
        authorize: known => {
          cluster = known;
          if (!isWanted(known)) throw new NotWanted();
        },
      });
    } catch (error) {
      const outcome = outcomeOf(error);
      if (!outcome) throw error;
      const why = error instanceof Error ? error.message : String(error);
      logger.debug(`The portal does not ${kind} a cluster now: ${why}`, {
        clusterId,
      });
      return { outcome, why };
    }
    onBegun(clusterId, kind);
    await audit.byPlatform({
      noun: 'cluster',
      verb: kind,
      severityLevel: 'low',
      meta: {
        clusterId,
        operationId,
        reason,
        ...(cluster && {
          environment: cluster.environment,
          owner: cluster.owner,
        }),
      },
    });
    return { outcome: 'begun', operationId };
  }

  /** Stops what the portal itself wished before and what did not begin its work; see {@link callOff}. */
  async callOff(wish: CallOffWish): Promise<CallOffAnswer> {
    return callOff(this.#deps, wish);
  }
}

function outcomeOf(error: unknown): 'not-now' | 'refused' | undefined {
  if (error instanceof NotWanted) return 'not-now';
  switch ((error as Error | undefined)?.name) {
    // Something else goes on, or Proxmox or the catalog do not answer.
    case 'ConflictError':
    case 'ServiceUnavailableError':
    case 'NotFoundError':
      return 'not-now';
    // A quota, for one.
    case 'InputError':
      return 'refused';
    default:
      return undefined;
  }
}
