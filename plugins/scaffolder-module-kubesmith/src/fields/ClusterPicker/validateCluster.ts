import type { ApiHolder } from '@backstage/frontend-plugin-api';
import { kubesmithApiRef } from '@kubesmith/plugin-kubesmith';
import type { FieldValidation } from '@rjsf/utils';
import { tryAgainText } from '../../form/tryAgainText';
import { listDeletableClusters } from './deletableClusters';

/** Whether the user may delete the cluster now, given its entity ref; it may have changed since the form was opened. */
export async function validateCluster(
  entityRef: string | undefined,
  validation: FieldValidation,
  context: { apiHolder: ApiHolder },
): Promise<void> {
  if (!entityRef) {
    return;
  }
  const kubesmithApi = context.apiHolder.get(kubesmithApiRef);
  if (!kubesmithApi) {
    throw new Error('The Kubesmith plugin is not installed in this portal');
  }
  try {
    const clusters = await listDeletableClusters(kubesmithApi);
    if (!clusters.some(cluster => cluster.entityRef === entityRef)) {
      validation.addError(
        'There is no such cluster that you may delete. It may be gone already; choose another one.',
      );
    }
  } catch (error) {
    validation.addError(
      tryAgainText('The cluster could not be looked up', error),
    );
  }
}
