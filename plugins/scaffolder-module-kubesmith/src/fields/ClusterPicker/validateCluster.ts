import type { ApiHolder } from '@backstage/frontend-plugin-api';
import { kubesmithApiRef } from '@kubesmith/plugin-kubesmith';
import type { FieldValidation } from '@rjsf/utils';
import { tryAgainText } from '../../form/tryAgainText';
import { listOfferedClusters } from './offeredClusters';
import type { ClusterPickerOptions } from './schema';

/** Whether the field would offer the cluster now, given its entity ref; it may have changed since the form was opened. */
export async function validateCluster(
  entityRef: string | undefined,
  validation: FieldValidation,
  context: {
    apiHolder: ApiHolder;
    uiSchema?: { 'ui:options'?: ClusterPickerOptions };
  },
): Promise<void> {
  if (!entityRef) {
    return;
  }
  const kubesmithApi = context.apiHolder.get(kubesmithApiRef);
  if (!kubesmithApi) {
    throw new Error('The Kubesmith plugin is not installed in this portal');
  }
  try {
    const clusters = await listOfferedClusters(kubesmithApi, {
      operation: context.uiSchema?.['ui:options']?.operation,
      chosen: entityRef,
    });
    if (!clusters.some(cluster => cluster.entityRef === entityRef)) {
      validation.addError(
        'This cannot be done with that cluster now: it may be gone, or in another state, or you may not. Choose another one.',
      );
    }
  } catch (error) {
    validation.addError(
      tryAgainText('The cluster could not be looked up', error),
    );
  }
}
