import { InputError, NotFoundError } from '@backstage/errors';
import { CLUSTER_NAMESPACE } from '@kubesmith/plugin-kubesmith-common';
import type {
  KubesmithCallOptions,
  KubesmithService,
} from '@kubesmith/plugin-kubesmith-node';

/**
 * The id of the cluster behind an entity, as far as the user may see it. A deleted one counts when there is no live one of
 * the name: the task may be going on after a crash, and the engine did not wait for it.
 */
export async function findCluster(
  kubesmith: KubesmithService,
  entityRef: string | undefined,
  options: KubesmithCallOptions,
): Promise<string> {
  const match = entityRef?.match(
    new RegExp(`^resource:${CLUSTER_NAMESPACE}/([^./]+)\\.([^./]+)$`),
  );
  if (!match) {
    throw new InputError(
      `The cluster must be named by clusterId or by an entityRef such as resource:${CLUSTER_NAMESPACE}/course.demo, got '${entityRef}'`,
    );
  }
  const [ref, environment, name] = match;
  const { items } = await kubesmith.listClusters(
    { environment, search: name, includeDeleted: true, limit: 500 },
    options,
  );
  // Newest first; a live one has no time of deletion.
  const found = items.filter(cluster => cluster.entityRef === ref);
  const cluster = found.find(({ deletedAt }) => !deletedAt) ?? found[0];
  if (!cluster) {
    throw new NotFoundError(
      `There is no cluster '${name}' in '${environment}' that you may see. Choose one from the list of your clusters. (KUBESMITH-NOT-FOUND)`,
    );
  }
  return cluster.id;
}
