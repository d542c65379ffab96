import type { GrantRole } from '@kubesmith/plugin-kubesmith-common';
import type { AuditTrail } from '../audit/AuditTrail';
import type { ClusterChanges } from '../clusters/ClusterChanges';
import type { ClusterStore } from '../database/ClusterStore';
import type { ClusterRecord } from '../database/records';
import { notAllowed } from '../errors/apiErrors';
import type { CallerAccess, ClusterAccess } from '../permissions/ClusterAccess';
import { covers, scopeOf } from '../permissions/accessScope';
import { asDenial } from '../permissions/denials';
import type { ShareService } from '../shares/ShareService';
import type { ShareStore } from '../shares/ShareStore';
import type { Requester } from './Requester';
import type { Handlers } from './handlers';
import { presentShare } from './present';

/** What the handlers work with. */
export type ShareHandlerDeps = {
  access: ClusterAccess;
  audit: AuditTrail;
  changes: Pick<ClusterChanges, 'changed'>;
  clusters: ClusterStore;
  requester: Requester;
  shares: ShareStore;
  shareService: ShareService;
  /** Called after a share ended: kubeconfigs that lived by it end too, soon enough also without it. */
  onShareEnded: () => void;
};

/** Listing, making and ending the shares of a cluster. */
export function createShareHandlers(
  deps: ShareHandlerDeps,
): Pick<Handlers, 'listShares' | 'createShare' | 'endShare'> {
  const { access, audit, clusters, requester, shares } = deps;
  return {
    async listShares({ clusterId }, request) {
      const allowed = await access.of(await requester.anyone(request));
      allowed.require('read', await clusters.get(clusterId), {
        kind: 'cluster',
        id: clusterId,
      });
      const items = await shares.listLive(clusterId);
      return { body: { items: items.map(presentShare) } };
    },

    async createShare({ clusterId, ...wish }, request) {
      const body = await audit.audited(
        request,
        {
          noun: 'share',
          verb: 'create',
          severityLevel: 'high',
          meta: { clusterId, subject: wish.subject, role: wish.role },
        },
        async () => {
          const { caller, credentials } = await requester.user(request);
          const allowed = await access.of(credentials);
          const cluster = allowed.require(
            'share',
            await clusters.get(clusterId),
            { kind: 'cluster', id: clusterId },
          );
          requireOwnRole(allowed, cluster, wish.role, wish.namespaces);
          const share = await deps.shareService.create(
            cluster,
            wish,
            caller.userRef,
          );
          deps.changes.changed(clusterId);
          return {
            result: presentShare(share),
            meta: {
              shareId: share.id,
              environment: cluster.environment,
              until: wish.until,
              ...(share.namespaces ? { namespaces: share.namespaces } : {}),
            },
          };
        },
      );
      return { body };
    },

    async endShare({ shareId }, request) {
      const body = await audit.audited(
        request,
        {
          noun: 'share',
          verb: 'end',
          severityLevel: 'medium',
          meta: { shareId },
        },
        async () => {
          const { caller, credentials } = await requester.user(request);
          const allowed = await access.of(credentials);
          const share = await shares.get(shareId);
          const cluster = allowed.require(
            'share',
            share && (await clusters.get(share.clusterId)),
            { kind: 'share', id: shareId },
          );
          const ended = await shares.end(shareId, caller.userRef);
          deps.changes.changed(cluster.id);
          deps.onShareEnded();
          return {
            result: presentShare(ended),
            meta: {
              clusterId: cluster.id,
              environment: cluster.environment,
              subject: ended.subject,
            },
          };
        },
      );
      return { body };
    },
  };
}

/** Nobody gives others more than they have. */
function requireOwnRole(
  allowed: CallerAccess,
  cluster: ClusterRecord,
  role: GrantRole,
  namespaces: string[] | undefined,
): void {
  const scope = scopeOf(allowed, role, cluster);
  if (covers(scope, namespaces)) return;
  const error = scope
    ? notAllowed(
        `share this cluster as ${role} beyond the namespaces ${scope.namespaces?.join(
          ', ',
        )}, in which you have that role yourself`,
      )
    : notAllowed(
        `share this cluster as ${role}, because you do not have that role yourself`,
      );
  throw asDenial(error, {
    verb: 'share',
    clusterId: cluster.id,
    environment: cluster.environment,
  });
}
