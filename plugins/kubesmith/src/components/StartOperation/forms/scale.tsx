import { Checkbox, CheckboxGroup, Flex, NumberField } from '@backstage/ui';
import type { OperationForm } from './OperationForm';

/** How many workers there are to be, and which of those that there are leave. */
export const scaleForm: OperationForm = {
  Fields: ({ cluster, value, onChange }) => {
    const workers = cluster.nodes.filter(({ role }) => role === 'worker');
    return (
      <Flex direction="column" gap="3">
        <NumberField
          label="Workers"
          description="How many there are to be."
          minValue={1}
          value={value.workers ?? NaN}
          onChange={count =>
            onChange({
              ...value,
              workers: Number.isNaN(count) ? undefined : count,
            })
          }
        />
        {workers.length > 0 && (
          <CheckboxGroup
            label="Workers that leave"
            description="Optional. If you choose none and there are to be fewer, the newest leave. A worker that you choose without making them fewer is replaced by a new one."
            value={value.remove ?? []}
            onChange={chosen =>
              onChange({
                ...value,
                remove: chosen.length > 0 ? chosen : undefined,
              })
            }
          >
            {workers.map(({ name }) => (
              <Checkbox key={name} value={name}>
                {name}
              </Checkbox>
            ))}
          </CheckboxGroup>
        )}
      </Flex>
    );
  },
  initial: ({ spec }) => ({ workers: spec.workers }),
  isComplete: ({ workers }) => workers !== undefined,
};
