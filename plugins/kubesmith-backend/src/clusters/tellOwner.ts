import type { LoggerService } from '@backstage/backend-plugin-api';
import type { NotificationService } from '@backstage/plugin-notifications-node';
import type { TellOwner } from '../steps/services';
import { notifyOwner } from './notifyOwner';

/** Tells the owner of a cluster something. A portal without the notifications plugin is fine too. */
export function createTellOwner(deps: {
  logger: LoggerService;
  notifications: NotificationService;
}): TellOwner {
  return async (cluster, message, scope) => {
    try {
      await notifyOwner(deps.notifications, cluster, message, scope);
    } catch (error) {
      deps.logger.info('An owner was not notified', {
        clusterId: cluster.id,
        title: message.title,
        error: String(error),
      });
    }
  };
}
