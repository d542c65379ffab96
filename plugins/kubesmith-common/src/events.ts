/** Backstage events topic: a cluster's record changed. Payload {@link ClusterChangedPayload}. @public */
export const CLUSTERS_TOPIC = 'kubesmith.clusters';

/** Backstage signals channel, sent to owners only: a cluster's record changed. @public */
export const CLUSTERS_CHANNEL = 'kubesmith:clusters';

/** What the topic and the channel carry: read the record again. @public */
export type ClusterChangedPayload = {
  clusterId: string;
  /** Where it lived until now, when it moved. */
  formerEnvironment?: string;
};

/** Backstage events topic: an environment was made, changed or deleted. Payload {@link EnvironmentChangedPayload}. @public */
export const ENVIRONMENTS_TOPIC = 'kubesmith.environments';

/** What the topic carries: read the environment again. @public */
export type EnvironmentChangedPayload = { environment: string };
