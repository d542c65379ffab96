import type { ApiHolder } from '@backstage/frontend-plugin-api';
import { kubesmithApiRef } from '@kubesmith/plugin-kubesmith';
import type { FieldValidation } from '@rjsf/utils';

/** Whether the user may delete the cluster, and whether there is anything left to delete. */
export async function validateCluster(
  clusterId: string | undefined,
  validation: FieldValidation,
  context: { apiHolder: ApiHolder },
): Promise<void> {
  if (!clusterId) {
    return;
  }
  const kubesmithApi = context.apiHolder.get(kubesmithApiRef);
  if (!kubesmithApi) {
    throw new Error('The Kubesmith plugin is not installed in this portal');
  }
  try {
    const cluster = await kubesmithApi.getCluster(clusterId);
    if (cluster.phase === 'deleting' || cluster.phase === 'deleted') {
      validation.addError(
        `'${cluster.name}' is being deleted already, or gone. Choose another cluster.`,
      );
    } else if (!cluster.can.delete) {
      validation.addError(
        `You may not delete '${cluster.name}'. Ask its owner, ${cluster.owner}.`,
      );
    }
  } catch (error) {
    validation.addError(error instanceof Error ? error.message : String(error));
  }
}
