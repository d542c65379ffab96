import type { Grant } from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { ClusterStore } from '../database/ClusterStore';
import { readDatabaseTime } from '../database/databaseTime';
import { notAllowed } from '../errors/apiErrors';
import type { GrantService } from '../grants/GrantService';
import type { GrantStore } from '../grants/GrantStore';
import type { KubesmithMetrics } from '../metrics/KubesmithMetrics';
import type { ClusterAccess, ClusterVerb } from '../permissions/ClusterAccess';
import type { AuditTrail } from '../audit/AuditTrail';
import type { Requester } from './Requester';
import type { Handlers } from './handlers';
import { presentGrant } from './present';

/** What the handlers work with. */
export type GrantHandlerDeps = {
  access: ClusterAccess;
  clusters: ClusterStore;
  grants: GrantStore;
  grantService: GrantService;
  knex: Knex;
  metrics: KubesmithMetrics;
  audit: AuditTrail;
  requester: Requester;
};

const DEFAULT_HOURS = 8;

/** What somebody must be allowed to do to have a kubeconfig with a role. */
const accessVerbs: Record<Grant['role'], ClusterVerb> = {
  viewer: 'access',
  editor: 'access-editor',
  administrator: 'access-administrator',
};

/** Issuing, listing and revoking kubeconfigs. */
export function createGrantHandlers(
  deps: GrantHandlerDeps,
): Pick<Handlers, 'listGrants' | 'issueGrant' | 'revokeGrant'> {
  const { access, clusters, grants, grantService, knex, requester, audit } =
    deps;
  return {
    async listGrants({ clusterId }, request) {
      const allowed = await access.of(await requester.anyone(request));
      const cluster = allowed.require('read', await clusters.get(clusterId), {
        kind: 'cluster',
        id: clusterId,
      });
      const now = await readDatabaseTime(knex);
      const items = await grants.list(clusterId);
      return {
        body: {
          items: items.map(grant =>
            presentGrant(grant, {
              now,
              clusterExists: cluster.phase !== 'deleted',
            }),
          ),
        },
      };
    },

    async issueGrant({ clusterId, role, hours }, request) {
      const body = await audit.audited(
        request,
        {
          noun: 'grant',
          verb: 'issue',
          severityLevel: 'high',
          meta: {
            clusterId,
            role: role ?? 'administrator',
          },
        },
        async () => {
          const { caller, credentials } = await requester.user(request);
          const allowed = await access.of(credentials);
          const cluster = allowed.require(
            accessVerbs[role ?? 'administrator'],
            await clusters.get(clusterId),
            { kind: 'cluster', id: clusterId },
          );
          const { grant, kubeconfig } = await grantService.issue(cluster, {
            userRef: caller.userRef,
            role: role ?? 'administrator',
            hours: hours ?? DEFAULT_HOURS,
          });
          deps.metrics.grant({ event: 'issued', role: grant.role });
          return {
            result: {
              grant: presentGrant(grant, {
                now: grant.createdAt,
                clusterExists: true,
              }),
              kubeconfig,
            },
            meta: { grantId: grant.id, environment: cluster.environment },
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
          // One's own can always be ended, also after losing the right to new ones.
          if (
            grant!.userRef !== caller.userRef &&
            !allowed.may('access', cluster)
          ) {
            throw notAllowed('revoke the kubeconfigs of others');
          }
          const revoked = await grantService.revoke(cluster, grant!);
          deps.metrics.grant({ event: 'revoked', role: revoked.role });
          return {
            result: presentGrant(revoked, {
              now: await readDatabaseTime(knex),
              clusterExists: cluster.phase !== 'deleted',
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
