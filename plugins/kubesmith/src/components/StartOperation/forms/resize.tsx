import { useApi } from '@backstage/frontend-plugin-api';
import { Checkbox, CheckboxGroup, Flex, Select } from '@backstage/ui';
import type { Size } from '@kubesmith/plugin-kubesmith-common';
import { useEffect, useState } from 'react';
import { kubesmithApiRef } from '../../../api/kubesmithApi';
import { formatMemory } from '../../../format/nodes';
import { LoadError } from '../../LoadError';
import type { OperationForm } from './OperationForm';

/** The sizes of an environment that the person may choose; undefined until they are known. */
function useSizes(environment: string) {
  const kubesmithApi = useApi(kubesmithApiRef);
  const [attempt, setAttempt] = useState(0);
  const [found, setFound] = useState<{ sizes?: Size[]; error?: Error }>({});
  useEffect(() => {
    let isStale = false;
    kubesmithApi.listEnvironments().then(
      environments => {
        const here = environments.find(({ name }) => name === environment);
        if (!isStale) setFound({ sizes: here?.sizes ?? [] });
      },
      error => isStale || setFound({ error }),
    );
    return () => {
      isStale = true;
    };
  }, [attempt, environment, kubesmithApi]);
  return { ...found, retry: () => setAttempt(count => count + 1) };
}

/** Which size, and which machines become it. */
export const resizeForm: OperationForm = {
  Fields: ({ cluster, value, onChange }) => {
    const { error, retry, sizes } = useSizes(cluster.environment);
    if (error)
      return (
        <LoadError
          title="The sizes cannot be read"
          error={error}
          onRetry={retry}
        />
      );
    return (
      <Flex direction="column" gap="3">
        <Select
          label="New size"
          isDisabled={!sizes}
          options={(sizes ?? []).map(size => ({
            id: size.name,
            label: `${size.title ?? size.name}: ${
              size.vcpu
            } vCPU, ${formatMemory(size.memoryMiB)}, ${size.diskGiB} GiB disk`,
          }))}
          value={value.size ?? null}
          onChange={size => onChange({ ...value, size: String(size) })}
        />
        <CheckboxGroup
          label="Machines"
          description="Those of all workers, if you choose none. While that of the control plane is off, the Kubernetes API does not answer."
          value={value.nodes ?? []}
          onChange={chosen =>
            onChange({
              ...value,
              nodes: chosen.length > 0 ? chosen : undefined,
            })
          }
        >
          {cluster.nodes.map(({ name }) => (
            <Checkbox key={name} value={name}>
              {name}
            </Checkbox>
          ))}
        </CheckboxGroup>
      </Flex>
    );
  },
  isComplete: ({ size }) => size !== undefined,
};
