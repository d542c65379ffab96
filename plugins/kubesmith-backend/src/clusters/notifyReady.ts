import type { LoggerService } from '@backstage/backend-plugin-api';
import type { NotificationService } from '@backstage/plugin-notifications-node';
import type { ClusterRecord } from '../database/records';
import { notifyOwner } from './notifyOwner';

/** Tells the owner of a cluster that it is ready. A portal without the notifications plugin is fine too. */
export function createNotifyReady(deps: {
  logger: LoggerService;
  notifications: NotificationService;
}) {
  return async (cluster: ClusterRecord): Promise<void> => {
    try {
      await notifyOwner(deps.notifications, cluster, {
        title: `The cluster ${cluster.name} is ready`,
        description: 'Get a kubeconfig on its page.',
      });
    } catch (error) {
      deps.logger.info('Nobody was notified that a cluster is ready', {
        clusterId: cluster.id,
        error: String(error),
      });
    }
  };
}
