import { Checkbox, CheckboxGroup, Flex } from '@backstage/ui';
import {
  ALL_CLUSTER_VERBS,
  type PolicyProblem,
} from '@kubesmith/plugin-kubesmith-common';
import styles from './AccessPage.module.css';
import { Problems } from './Problems';
import { verbGroups, verbTexts, type RuleVerb } from './verbTexts';

/** What a rule allows or denies: checkboxes in groups, each with what it means. */
export const VerbsField = (props: {
  value: readonly RuleVerb[];
  onChange: (value: RuleVerb[]) => void;
  problems: readonly PolicyProblem[];
}) => {
  const { value, onChange, problems } = props;
  const hasAll = value.includes(ALL_CLUSTER_VERBS);

  return (
    <Flex direction="column" gap="3">
      <Checkbox
        isSelected={hasAll}
        onChange={isSelected =>
          onChange(
            isSelected
              ? [ALL_CLUSTER_VERBS]
              : value.filter(verb => verb !== ALL_CLUSTER_VERBS),
          )
        }
      >
        Everything with clusters
        <span className={styles.explanation}>
          All of the first four groups, and what will be added to them.
        </span>
      </Checkbox>
      <div className={styles.columns}>
        {verbGroups.map(({ title, about, verbs }) => {
          const isCovered =
            hasAll && (about === 'orders' || about === 'clusters');
          return (
            <CheckboxGroup
              key={title}
              label={title}
              isDisabled={isCovered}
              value={verbs.filter(verb => isCovered || value.includes(verb))}
              onChange={chosen =>
                onChange([
                  ...value.filter(
                    verb => !(verbs as readonly RuleVerb[]).includes(verb),
                  ),
                  ...verbs.filter(verb => chosen.includes(verb)),
                ])
              }
            >
              {verbs.map(verb => (
                <Checkbox key={verb} value={verb}>
                  {verbTexts[verb].label}
                  <span className={styles.explanation}>
                    {verbTexts[verb].explanation}
                  </span>
                </Checkbox>
              ))}
            </CheckboxGroup>
          );
        })}
      </div>
      <Problems of={problems} />
    </Flex>
  );
};
