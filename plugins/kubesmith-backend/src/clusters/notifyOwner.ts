import type { NotificationService } from '@backstage/plugin-notifications-node';
import {
  CLUSTER_NAMESPACE,
  clusterEntityName,
} from '@kubesmith/plugin-kubesmith-common';
import type { ClusterRecord } from '../database/records';

/** What an owner reads. */
export interface OwnerMessage {
  title: string;
  description: string;
  severity?: 'low' | 'normal' | 'high' | 'critical';
}

/**
 * Sends a notification to the owner of a cluster, with a link to its page. A later one of the same scope replaces an earlier one.
 * Rejects when it could not be sent; a portal without the notifications plugin is fine, so callers decide what that means.
 *
 * @param scope - what it is about, after the cluster's own scope
 */
export async function notifyOwner(
  notifications: NotificationService,
  cluster: ClusterRecord,
  message: OwnerMessage,
  scope?: string,
): Promise<void> {
  const clusterScope = `kubesmith:cluster:${cluster.id}`;
  await notifications.send({
    recipients: { type: 'entity', entityRef: cluster.owner },
    payload: {
      ...message,
      link: `/catalog/${CLUSTER_NAMESPACE}/resource/${clusterEntityName(
        cluster,
      )}`,
      topic: 'kubesmith',
      scope: scope ? `${clusterScope}:${scope}` : clusterScope,
    },
  });
}
