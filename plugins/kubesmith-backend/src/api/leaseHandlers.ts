import type { JsonObject } from '@backstage/types';
import type { Lease } from '@kubesmith/plugin-kubesmith-common';
import type { Request } from 'express';
import type { Knex } from 'knex';
import type { AuditedAction, AuditTrail } from '../audit/AuditTrail';
import type { ClusterChanges } from '../clusters/ClusterChanges';
import type { ClusterStore } from '../database/ClusterStore';
import type { ClusterRecord } from '../database/records';
import type { LeaseClock } from '../leases/LeaseClock';
import type { LeaseService } from '../leases/LeaseService';
import type { LeaseStore } from '../leases/LeaseStore';
import { readArchive } from '../leases/archive';
import type { CallerAccess, ClusterAccess } from '../permissions/ClusterAccess';
import type { RestoreStore } from '../restore/RestoreStore';
import type { Requester } from './Requester';
import type { Handlers } from './handlers';
import { parseMoment } from './parseMoment';
import { presentArchive, presentLease } from './presentLease';

/** What the handlers work with. */
export type LeaseHandlerDeps = {
  access: ClusterAccess;
  audit: AuditTrail;
  changes: ClusterChanges;
  clusters: ClusterStore;
  knex: Knex;
  leaseClock: LeaseClock;
  leases: LeaseStore;
  leaseService: LeaseService;
  requester: Requester;
  restores: RestoreStore;
  /** Wakes a cluster that slept because its time was over. Never fails for a reason that is the cluster's. */
  wakeSaved: (clusterId: string) => Promise<void>;
};

/** When clusters end: looking, extending, holding; and what deleted ones were. */
export function createLeaseHandlers(
  deps: LeaseHandlerDeps,
): Pick<
  Handlers,
  'getLease' | 'extendLease' | 'holdLease' | 'releaseLease' | 'getArchive'
> {
  const { access, audit, clusters, leaseClock, leases, requester } = deps;
  const asked = (clusterId: string) =>
    ({ kind: 'cluster', id: clusterId } as const);

  async function describe(
    cluster: ClusterRecord,
    allowed: CallerAccess,
  ): Promise<Lease> {
    const now = await leaseClock.now();
    const [changes, hold, end, notices, rules, isDoubted] = await Promise.all([
      leases.changes(cluster.id),
      leases.hold(cluster.id, now),
      leases.end(cluster.id),
      leases.sentNotices(cluster.id),
      deps.leaseService.rulesFor(cluster),
      leaseClock.isDoubted(now),
    ]);
    return presentLease(cluster, {
      ...{ changes, end, hold, isDoubted, notices, now, rules },
      may: verb => allowed.may(verb, cluster),
    });
  }

  /** Changes the time of a cluster, if the user may; answers how it is then. */
  async function change(
    request: Request,
    clusterId: string,
    options: {
      verb: 'extend' | 'approve';
      action: Pick<AuditedAction, 'verb' | 'meta'>;
      /** Returns what the audit trail is to know besides. */
      run: (userRef: string) => Promise<JsonObject | void>;
    },
  ): Promise<{ body: Lease }> {
    const body = await audit.audited(
      request,
      {
        noun: 'lease',
        verb: options.action.verb,
        severityLevel: 'medium',
        meta: { clusterId, ...options.action.meta },
      },
      async () => {
        const { caller, credentials } = await requester.user(request);
        const allowed = await access.of(credentials);
        const cluster = allowed.require(
          options.verb,
          await clusters.get(clusterId),
          asked(clusterId),
        );
        await deps.restores.requireForChange(cluster);
        const done = await options.run(caller.userRef);
        await deps.wakeSaved(clusterId);
        deps.changes.changed(clusterId);
        return {
          result: await describe((await clusters.get(clusterId))!, allowed),
          meta: { environment: cluster.environment, ...done },
        };
      },
    );
    return { body };
  }

  return {
    async getLease({ clusterId }, request) {
      const allowed = await access.of(await requester.anyone(request));
      const cluster = allowed.require(
        'read',
        await clusters.get(clusterId),
        asked(clusterId),
      );
      return { body: await describe(cluster, allowed) };
    },

    async extendLease({ clusterId, until, days }, request) {
      return change(request, clusterId, {
        verb: 'extend',
        action: {
          verb: 'extend',
          meta: {
            ...(until !== undefined && { until }),
            ...(days !== undefined && { days }),
          },
        },
        run: async userRef => {
          const { from, to } = await deps.leaseService.extend(
            clusterId,
            { until: parseMoment('until', until), days },
            userRef,
          );
          return {
            from: new Date(from).toISOString(),
            to: new Date(to).toISOString(),
          };
        },
      });
    },

    async holdLease({ clusterId, reason, until }, request) {
      return change(request, clusterId, {
        verb: 'approve',
        action: {
          verb: 'hold',
          meta: { reason, ...(until !== undefined && { until }) },
        },
        run: async userRef =>
          deps.leaseService.hold(
            clusterId,
            {
              reason,
              until: parseMoment('until', until),
            },
            userRef,
          ),
      });
    },

    async releaseLease({ clusterId }, request) {
      return change(request, clusterId, {
        verb: 'approve',
        action: { verb: 'release', meta: {} },
        run: userRef => deps.leaseService.release(clusterId, userRef),
      });
    },

    async getArchive({ clusterId }, request) {
      const allowed = await access.of(await requester.anyone(request));
      allowed.require('read', await clusters.get(clusterId), asked(clusterId));
      const archive = await readArchive(deps.knex, clusterId);
      return { body: { archive: archive && presentArchive(archive) } };
    },
  };
}
