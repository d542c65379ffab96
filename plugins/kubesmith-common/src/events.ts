/** Backstage events topic: a cluster's record changed. Payload {@link ClusterChangedPayload}. @public */
export const CLUSTERS_TOPIC = 'kubesmith.clusters';

/** Backstage signals channel, sent to owners only: a cluster's record changed. @public */
export const CLUSTERS_CHANNEL = 'kubesmith:clusters';

/** What the topic and the channel carry: read the record again. @public */
export type ClusterChangedPayload = { clusterId: string };
