import { parseEntityRef } from '@backstage/catalog-model';
import { useApi } from '@backstage/frontend-plugin-api';
import { Alert } from '@backstage/ui';
import { kubesmithApiRef } from '@kubesmith/plugin-kubesmith';
import { useState } from 'react';
import useAsyncRetry from 'react-use/esm/useAsyncRetry';
import { FieldLoadError } from '../../form/FieldLoadError';
import { PickerField } from '../../form/PickerField';
import { listOfferedClusters } from './offeredClusters';
import type { clusterPickerSchema } from './schema';

/**
 * The clusters on which the user may begin the operation of `ui:options` now, or, without one, all that the user sees; the value
 * is the entity ref of one.
 */
export const ClusterPicker = (props: typeof clusterPickerSchema.TProps) => {
  const kubesmithApi = useApi(kubesmithApiRef);
  const operation = props.uiSchema?.['ui:options']?.operation;
  // What a page has filled in; what is chosen later is one of those that are offered.
  const [filledIn] = useState(props.formData);
  const {
    value: clusters,
    error,
    retry,
  } = useAsyncRetry(
    () => listOfferedClusters(kubesmithApi, { operation, chosen: filledIn }),
    [kubesmithApi, operation, filledIn],
  );

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
    return operation ? (
      <Alert
        role="alert"
        status="info"
        icon
        title="There is no cluster with which you can do this now"
        description="You need a right to it, and the cluster must be in a state in which it is possible: its page says what can be done with it."
      />
    ) : (
      <Alert
        role="alert"
        status="info"
        icon
        title="There is no cluster that you may see"
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
