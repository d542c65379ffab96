import {
  type GrantRole,
  ROLES_BY_REACH,
  fieldProblem,
} from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { AuditTrail } from '../audit/AuditTrail';
import type { ClusterStore } from '../database/ClusterStore';
import { readDatabaseTime } from '../database/databaseTime';
import type { ClusterRecord, GrantRecord } from '../database/records';
import { notAllowed, requestRefused } from '../errors/apiErrors';
import type { GrantService } from '../grants/GrantService';
import type { GrantStore } from '../grants/GrantStore';
import type { KubesmithMetrics } from '../metrics/KubesmithMetrics';
import type { CallerAccess, ClusterAccess } from '../permissions/ClusterAccess';
import type { PersonDecisions } from '../permissions/PersonDecisions';
import {
  type AccessScope,
  accessVerbs,
  covers,
  scopeOf,
} from '../permissions/accessScope';
import { asDenial } from '../permissions/denials';
import { namespacesProblem } from '../shares/namespaces';
import type { Requester } from './Requester';
import type { Handlers } from './handlers';
import { presentGrant } from './present';

/** What the handlers work with. */
export type GrantHandlerDeps = {
  access: ClusterAccess;
  clusters: ClusterStore;
  decisions: Pick<PersonDecisions, 'isAvailable'>;
  grants: GrantStore;
  grantService: GrantService;
  /** How long kubeconfigs last, in hours. */
  kubeconfigs: { defaultHours: number; maxHours: number };
  knex: Knex;
  metrics: KubesmithMetrics;
  audit: AuditTrail;
  requester: Requester;
};

/** Issuing, listing and revoking kubeconfigs. */
export function createGrantHandlers(
  deps: GrantHandlerDeps,
): Pick<
  Handlers,
  'listGrants' | 'getGrantOptions' | 'issueGrant' | 'revokeGrant'
> {
  const { access, clusters, grants, grantService, knex, requester, audit } =
    deps;
  const { defaultHours, maxHours } = deps.kubeconfigs;
  return {
    async listGrants({ clusterId }, request) {
      const credentials = await requester.anyone(request);
      const allowed = await access.of(credentials);
      const cluster = allowed.require('read', await clusters.get(clusterId), {
        kind: 'cluster',
        id: clusterId,
      });
      const userRef = requester.userRefOf(credentials);
      const now = await readDatabaseTime(knex);
      const items = await grants.list(clusterId);
      return {
        body: {
          items: items.map(grant =>
            presentGrant(grant, {
              now,
              clusterExists: cluster.phase !== 'deleted',
              canRevoke: mayRevoke(grant, userRef, allowed, cluster),
            }),
          ),
        },
      };
    },

    async getGrantOptions({ clusterId }, request) {
      const allowed = await access.of(await requester.anyone(request));
      const cluster = allowed.require('read', await clusters.get(clusterId), {
        kind: 'cluster',
        id: clusterId,
      });
      const roles = ROLES_BY_REACH.flatMap(role => {
        const scope = scopeOf(allowed, role, cluster);
        return scope ? [{ role, namespaces: scope.namespaces }] : [];
      });
      // When it cannot be asked now, it is most likely ours: another engine would answer that.
      const endsWithRights = await deps.decisions
        .isAvailable()
        .catch(() => true);
      return { body: { roles, defaultHours, maxHours, endsWithRights } };
    },

    async issueGrant(
      { clusterId, role = 'viewer', namespaces, hours = defaultHours },
      request,
    ) {
      const body = await audit.audited(
        request,
        {
          noun: 'grant',
          verb: 'issue',
          severityLevel: 'high',
          meta: { clusterId, role },
        },
        async () => {
          const { caller, credentials } = await requester.user(request);
          const allowed = await access.of(credentials);
          const cluster = allowed.require(
            accessVerbs[role],
            await clusters.get(clusterId),
            { kind: 'cluster', id: clusterId },
          );
          refuseHours(hours, maxHours);
          const scope = requireScope(allowed, role, cluster, namespaces);
          const { grant, kubeconfig } = await grantService.issue(cluster, {
            userRef: caller.userRef,
            role,
            hours,
            ...scope,
          });
          deps.metrics.grant({ event: 'issued', role: grant.role });
          return {
            result: {
              grant: presentGrant(grant, {
                now: grant.createdAt,
                clusterExists: true,
                canRevoke: true,
              }),
              kubeconfig,
            },
            meta: {
              grantId: grant.id,
              environment: cluster.environment,
              ...(scope.namespaces ? { namespaces: scope.namespaces } : {}),
            },
          };
        },
      );
      return { body, headers: { 'Cache-Control': 'no-store' } };
    },

    async revokeGrant({ grantId }, request) {
      const body = await audit.audited(
        request,
        {
          noun: 'grant',
          verb: 'revoke',
          severityLevel: 'medium',
          meta: { grantId },
        },
        async () => {
          const { caller, credentials } = await requester.user(request);
          const grant = await grants.get(grantId);
          const allowed = await access.of(credentials);
          const cluster = allowed.require(
            'read',
            grant && (await clusters.get(grant.clusterId)),
            { kind: 'kubeconfig', id: grantId },
          );
          if (!mayRevoke(grant!, caller.userRef, allowed, cluster)) {
            throw notAllowed('revoke the kubeconfigs of others');
          }
          const revoked = await grantService.revoke(cluster, grant!);
          deps.metrics.grant({ event: 'revoked', role: revoked.role });
          return {
            result: presentGrant(revoked, {
              now: await readDatabaseTime(knex),
              clusterExists: cluster.phase !== 'deleted',
              canRevoke: true,
            }),
            meta: {
              clusterId: cluster.id,
              environment: cluster.environment,
              user: revoked.userRef,
            },
          };
        },
      );
      return { body };
    },
  };
}

/**
 * One's own can always be ended, also after losing the right to new ones. Those of others ends who may use the cluster by a
 * right of their own: with whom it is only shared does not lock others out.
 */
function mayRevoke(
  grant: GrantRecord,
  userRef: string | undefined,
  allowed: CallerAccess,
  cluster: ClusterRecord,
): boolean {
  return (
    grant.userRef === userRef ||
    (allowed.may('access', cluster) &&
      scopeOf(allowed, 'viewer', cluster)?.shareIds === undefined)
  );
}

function refuseHours(hours: number, max: number): void {
  if (hours > max) {
    throw requestRefused([
      fieldProblem('hours', 'KUBESMITH-HOURS-TOO-MANY', { hours, max }),
    ]);
  }
}

/** Where the kubeconfig reaches: where it was asked for, if the caller may have it there; else as far as the caller may. */
function requireScope(
  allowed: CallerAccess,
  role: GrantRole,
  cluster: ClusterRecord,
  namespaces: string[] | undefined,
): AccessScope {
  const problem = namespaces && namespacesProblem(namespaces);
  if (problem) throw requestRefused([problem]);
  const scope = scopeOf(allowed, role, cluster);
  if (!scope || (namespaces && !covers(scope, namespaces))) {
    const where = scope?.namespaces?.join(', ');
    throw asDenial(
      notAllowed(
        where
          ? `have kubeconfigs of this cluster outside of the namespaces ${where}`
          : `have kubeconfigs of this cluster as ${role}`,
      ),
      {
        verb: accessVerbs[role],
        clusterId: cluster.id,
        environment: cluster.environment,
      },
    );
  }
  return namespaces ? { ...scope, namespaces } : scope;
}
