import type { AuditTrail } from '../audit/AuditTrail';
import type { ClusterChanges } from '../clusters/ClusterChanges';
import type { ClusterStore } from '../database/ClusterStore';
import type { ClusterRecord } from '../database/records';
import type { ClusterMover } from '../environments/ClusterMover';
import type { Environments } from '../environments/Environments';
import type { EnvironmentRecord } from '../environments/records';
import { notFound } from '../errors/apiErrors';
import type { ClusterAccess } from '../permissions/ClusterAccess';
import type { EnvironmentAccess } from '../permissions/EnvironmentAccess';
import { asDenial } from '../permissions/denials';
import type { RestoreStore } from '../restore/RestoreStore';
import type { Requester } from './Requester';
import type { Handlers } from './handlers';

/** What the handler works with. */
export type MoveHandlerDeps = {
  access: ClusterAccess;
  audit: AuditTrail;
  changes: ClusterChanges;
  clusterMover: ClusterMover;
  clusters: ClusterStore;
  environmentAccess: EnvironmentAccess;
  environments: Environments;
  requester: Requester;
  restores: RestoreStore;
};

/** Clusters that go to another environment. */
export function createMoveHandlers(
  deps: MoveHandlerDeps,
): Pick<Handlers, 'moveCluster'> {
  const { access, audit, clusters, environments, requester } = deps;
  return {
    async moveCluster({ clusterId, environment }, request) {
      const body = await audit.audited(
        request,
        {
          noun: 'cluster',
          verb: 'move',
          severityLevel: 'high',
          meta: { clusterId, environment },
        },
        async () => {
          const { credentials } = await requester.user(request);
          const seen = await access.of(credentials);
          const allowed = await deps.environmentAccess.of(credentials);
          const requireFrom = (found: ClusterRecord | undefined) => {
            const cluster = seen.require('read', found, {
              kind: 'cluster',
              id: clusterId,
            });
            allowed.require('manage-environment', {
              name: cluster.environment,
              owner: cluster.environmentOwner,
            });
            return cluster;
          };
          const requireTo = (target: EnvironmentRecord | undefined) => {
            if (!target) throw notFound('environment', environment);
            if (!allowed.may('manage-environment', target))
              throw asDenial(notFound('environment', environment), {
                verb: 'manage-environment',
                environment,
              });
          };
          const cluster = requireFrom(await clusters.get(clusterId));
          requireTo(await environments.find(environment));
          await deps.restores.requireForChange(cluster);
          const former = await deps.clusterMover.move(
            clusterId,
            environment,
            (found, target) => {
              requireFrom(found);
              requireTo(target);
            },
          );
          if (former !== environment)
            deps.changes.changed(clusterId, 'record', former);
          return {
            result: { clusterId, environment },
            meta: { from: former },
          };
        },
      );
      return { body };
    },
  };
}
