import { Checkbox, CheckboxGroup, Flex, Select } from '@backstage/ui';
import {
  OPEN_TO_THEM,
  RUN_BY_THEM,
  type Environment,
  type PolicyProblem,
  type PolicyRule,
} from '@kubesmith/plugin-kubesmith-common';
import { EntitiesPicker } from '../EntityPicker';
import styles from './AccessPage.module.css';
import type { Names } from './describeRule';
import { Problems } from './Problems';

type Where = PolicyRule['where'];
type Kind = 'all' | 'named' | 'run' | 'open' | 'anywhere';

function kindOf(where: Where): Kind | null {
  if (where === undefined || where === 'all') {
    return where ?? null;
  }
  const { environments } = where;
  if (environments === undefined) {
    return 'anywhere';
  }
  if (environments === RUN_BY_THEM) {
    return 'run';
  }
  return environments === OPEN_TO_THEM ? 'open' : 'named';
}

const environmentsOf: Record<
  Exclude<Kind, 'all'>,
  (where: Where) => Exclude<Where, 'all' | undefined>['environments']
> = {
  anywhere: () => undefined,
  run: () => RUN_BY_THEM,
  open: () => OPEN_TO_THEM,
  named: where =>
    typeof where === 'object' && Array.isArray(where.environments)
      ? where.environments
      : [],
};

/** Where a rule holds: everywhere, in environments, and for which groups' clusters. */
export const WhereField = (props: {
  value: Where;
  onChange: (value: Where) => void;
  /** Whether the rule is about nothing but orders. */
  isForOrders: boolean;
  /** Whether it is about nothing but clusters. */
  isForClusters: boolean;
  environments: readonly Environment[];
  names: Names;
  problems: readonly PolicyProblem[];
}) => {
  const { value, onChange, environments, names, problems } = props;
  const kind = kindOf(value);
  const groups = typeof value === 'object' ? value.ownerGroups : undefined;
  const named =
    typeof value === 'object' && Array.isArray(value.environments)
      ? value.environments
      : [];
  const options = [
    { id: 'all', label: 'Everywhere' },
    { id: 'named', label: 'In these environments' },
    { id: 'run', label: 'In environments that they run' },
    ...(props.isForOrders || kind === 'open'
      ? [{ id: 'open', label: 'In environments that are open to them' }]
      : []),
    ...(props.isForClusters || kind === 'anywhere'
      ? [
          {
            id: 'anywhere',
            label: 'In every environment, for these owner groups',
          },
        ]
      : []),
  ];
  const known = environments.map(({ name }) => name);
  const choices = [...known, ...named.filter(name => !known.includes(name))];

  return (
    <Flex direction="column" gap="3">
      <Select
        label="Where"
        size="medium"
        options={options}
        value={kind}
        onChange={key => {
          const next = key as Kind;
          onChange(
            next === 'all'
              ? 'all'
              : {
                  environments: environmentsOf[next](value),
                  ownerGroups: next === 'anywhere' ? groups ?? [] : groups,
                },
          );
        }}
      />
      {kind === 'named' && (
        <CheckboxGroup
          label="Environments"
          className={styles.scroll}
          value={named}
          onChange={chosen =>
            onChange({
              environments: choices.filter(name => chosen.includes(name)),
              ownerGroups: groups,
            })
          }
        >
          {choices.map(name => (
            <Checkbox key={name} value={name}>
              {names.environment(name)}
            </Checkbox>
          ))}
        </CheckboxGroup>
      )}
      {(groups || (props.isForClusters && kind && kind !== 'all')) && (
        <EntitiesPicker
          label="Only clusters that belong to these groups"
          description={
            kind === 'anywhere' ? undefined : 'Leave empty for all of them.'
          }
          kinds={['group']}
          value={groups ?? []}
          onChange={refs =>
            onChange({
              environments:
                typeof value === 'object' ? value.environments : undefined,
              ownerGroups:
                refs.length > 0 || kind === 'anywhere' ? refs : undefined,
            })
          }
          nameOf={names.entity}
        />
      )}
      <Problems of={problems} />
    </Flex>
  );
};
