import { Checkbox, CheckboxGroup, Flex, Select } from '@backstage/ui';
import { formatMemory } from '../../../format/nodes';
import { LoadError } from '../../LoadError';
import type { OperationForm } from './OperationForm';
import { useOrderable } from './useOrderable';

/** Which size, and which machines become it. */
export const resizeForm: OperationForm = {
  Fields: ({ cluster, value, onChange }) => {
    const { error, retry, environment } = useOrderable(cluster.environment);
    const sizes = environment?.sizes;
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
