import { parseEntityRef } from '@backstage/catalog-model';
import { useApi } from '@backstage/frontend-plugin-api';
import { Alert } from '@backstage/ui';
import { makeFieldSchema } from '@backstage/plugin-scaffolder-react';
import { kubesmithApiRef } from '@kubesmith/plugin-kubesmith';
import useAsyncRetry from 'react-use/esm/useAsyncRetry';
import { FieldLoadError } from '../../form/FieldLoadError';
import { PickerField } from '../../form/PickerField';
import { listDeletableClusters } from './deletableClusters';

export const clusterPickerSchema = makeFieldSchema({ output: z => z.string() });

/** The clusters that the user may delete; the value is the entity ref of one. */
export const ClusterPicker = (props: typeof clusterPickerSchema.TProps) => {
  const kubesmithApi = useApi(kubesmithApiRef);
  const {
    value: clusters,
    error,
    retry,
  } = useAsyncRetry(() => listDeletableClusters(kubesmithApi), [kubesmithApi]);

  if (error) {
    return (
      <FieldLoadError
        title="Your clusters could not be read"
        error={error}
        onRetry={retry}
      />
    );
  }
  if (clusters?.length === 0) {
    return (
      <Alert
        role="alert"
        status="info"
        icon
        title="There is no cluster that you may delete"
      />
    );
  }
  return (
    <PickerField
      field={props}
      title="Cluster"
      options={(clusters ?? []).map(
        ({ entityRef, name, environment, owner }) => ({
          id: entityRef,
          label: `${name} in ${environment}, owner ${
            parseEntityRef(owner).name
          }`,
        }),
      )}
      placeholder={clusters ? 'Choose a cluster' : 'Loading …'}
      isDisabled={!clusters}
    />
  );
};
