import { NumberField } from '@backstage/ui';
import { makeFieldSchema } from '@backstage/plugin-scaffolder-react';
import {
  MAX_WORKERS,
  type Environment,
} from '@kubesmith/plugin-kubesmith-common';
import { FieldFrame } from '../../form/FieldFrame';
import { OrderImpact } from '../../form/OrderImpact';
import { fieldState } from '../../form/fieldState';
import { draftOfContext } from '../../form/orderForm';
import { useChosenEnvironment } from '../../form/useEnvironments';

export const workersSchema = makeFieldSchema({ output: z => z.number() });

/** What a number of workers means: nodes, and addresses that are left after it. */
export function explainWorkers(
  workers: number,
  environment: Environment,
): string {
  const nodes = workers + 1;
  // One address more than nodes: the Kubernetes API has its own.
  const needed = nodes + 1;
  const { free } = environment.pool;
  const sum = `${nodes} ${
    nodes === 1 ? 'node' : 'nodes'
  }: 1 control plane and ${
    workers === 1 ? '1 worker' : `${workers} workers`
  }, ${needed} addresses.`;
  return needed > free
    ? `${sum} Only ${free} addresses are free.`
    : `${sum} ${free - needed} of ${
        environment.pool.total
      } addresses stay free.`;
}

/** The number of workers, and what the order leads to: what it uses up of the quotas too. */
export const Workers = (props: typeof workersSchema.TProps) => {
  const { formData, onChange, schema } = props;
  const draft = draftOfContext(props);
  const environment = useChosenEnvironment(draft.environment);
  const explanation =
    environment && formData !== undefined && Number.isInteger(formData)
      ? explainWorkers(formData, environment)
      : undefined;

  return (
    <FieldFrame>
      <NumberField
        {...fieldState(props)}
        size="medium"
        label={schema.title ?? 'Workers'}
        description={[schema.description, explanation]
          .filter(Boolean)
          .join(' ')}
        minValue={0}
        maxValue={environment?.maxWorkers ?? MAX_WORKERS}
        step={1}
        value={formData ?? NaN}
        onChange={value => onChange(Number.isNaN(value) ? undefined : value)}
      />
      <OrderImpact draft={draft} />
    </FieldFrame>
  );
};
