import type { LoggerService } from '@backstage/backend-plugin-api';
import type { NotificationService } from '@backstage/plugin-notifications-node';
import {
  CLUSTER_NAMESPACE,
  clusterEntityName,
} from '@kubesmith/plugin-kubesmith-common';
import type { ClusterRecord } from '../database/records';

/** Tells the owner of a cluster that it is ready. A portal without the notifications plugin is fine too. */
export function createNotifyReady(deps: {
  logger: LoggerService;
  notifications: NotificationService;
}) {
  return async (cluster: ClusterRecord): Promise<void> => {
    try {
      await deps.notifications.send({
        recipients: { type: 'entity', entityRef: cluster.owner },
        payload: {
          title: `The cluster ${cluster.name} is ready`,
          description: 'Get a kubeconfig on its page.',
          link: `/catalog/${CLUSTER_NAMESPACE}/resource/${clusterEntityName(
            cluster,
          )}`,
          topic: 'kubesmith',
          scope: `kubesmith:cluster:${cluster.id}`,
        },
      });
    } catch (error) {
      deps.logger.info('Nobody was notified that a cluster is ready', {
        clusterId: cluster.id,
        error: String(error),
      });
    }
  };
}
