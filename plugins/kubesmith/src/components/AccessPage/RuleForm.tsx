import { Button, Flex, Radio, RadioGroup, Text } from '@backstage/ui';
import type {
  Environment,
  PolicyProblem,
  PolicyRule,
} from '@kubesmith/plugin-kubesmith-common';
import { RiDeleteBinLine } from '@remixicon/react';
import styles from './AccessPage.module.css';
import { describeRule, type Names } from './describeRule';
import { LimitsField } from './LimitsField';
import { Problems } from './Problems';
import { problemsAt } from './problemsAt';
import { VerbsField } from './VerbsField';
import { aboutOf, whoseTexts, type RuleVerb, type Whose } from './verbTexts';
import { WhereField } from './WhereField';

/** What of a rule still makes sense with other verbs: the rest is left out instead of becoming a mistake. */
function withVerbs(rule: PolicyRule, verbs: RuleVerb[]): PolicyRule {
  const about = aboutOf(verbs);
  const isAboutClusters = about.clusters || about.orders;
  const limits = about.onlyOrders
    ? { sizes: rule.sizes, versions: rule.versions, templates: rule.templates }
    : {};
  const isOnlyPortal = about.portal && !isAboutClusters && !about.environments;
  return {
    effect: rule.effect,
    verbs,
    where: isOnlyPortal ? undefined : rule.where,
    whose: isAboutClusters ? rule.whose : undefined,
    ...limits,
  };
}

const orderLabels: Record<Whose, string> = {
  own: 'Themselves',
  groups: 'Themselves and their groups',
  shared: 'Nobody',
  anyone: 'Anyone',
};

/** One rule of a role: what, where, whose. */
export const RuleForm = (props: {
  rule: PolicyRule;
  /** From 1. */
  number: number;
  /** Of the rule, such as `roles[1].rules[0]`. */
  path: string;
  onChange: (rule: PolicyRule) => void;
  onRemove: () => void;
  environments: readonly Environment[];
  names: Names;
  problems: readonly PolicyProblem[];
}) => {
  const { rule, number, path, onChange, environments, names, problems } = props;
  const about = aboutOf(rule.verbs);
  const isAboutClusters = about.clusters || about.orders;
  const isOnlyPortal = about.portal && !isAboutClusters && !about.environments;
  const at = (field: string) => problemsAt(problems, `${path}.${field}`);

  return (
    <fieldset className={styles.rule}>
      <legend>
        <Text weight="bold">Rule {number}</Text>
      </legend>
      <Flex direction="column" gap="4">
        <Flex justify="between" align="start" gap="3">
          <div>
            {describeRule(rule, names).map(sentence => (
              <Text key={sentence} as="p" color="secondary">
                Members {sentence}.
              </Text>
            ))}
          </div>
          <Button
            variant="tertiary"
            size="small"
            iconStart={<RiDeleteBinLine aria-hidden />}
            onPress={props.onRemove}
          >
            Remove rule {number}
          </Button>
        </Flex>
        <RadioGroup
          label="Effect"
          orientation="horizontal"
          value={rule.effect}
          onChange={effect =>
            onChange({ ...rule, effect: effect as PolicyRule['effect'] })
          }
        >
          <Radio value="allow">Members may</Radio>
          <Radio value="deny">Members may never (wins over every “may”)</Radio>
        </RadioGroup>
        <VerbsField
          value={rule.verbs}
          onChange={verbs => onChange(withVerbs(rule, verbs))}
          problems={at('verbs')}
        />
        {!isOnlyPortal && (
          <WhereField
            value={rule.where}
            onChange={where => onChange({ ...rule, where })}
            isForOrders={about.onlyOrders}
            isForClusters={about.clusters && !about.environments}
            environments={environments}
            names={names}
            problems={at('where')}
          />
        )}
        {isAboutClusters && (
          <div>
            <RadioGroup
              label={about.onlyOrders ? 'For whom' : 'Whose clusters'}
              value={rule.whose ?? null}
              onChange={whose => onChange({ ...rule, whose: whose as Whose })}
            >
              {(Object.keys(whoseTexts) as Whose[])
                .filter(whose => whose !== 'shared' || !about.orders)
                .map(whose => (
                  <Radio key={whose} value={whose}>
                    {about.onlyOrders
                      ? orderLabels[whose]
                      : whoseTexts[whose].label}
                  </Radio>
                ))}
            </RadioGroup>
            <Problems of={at('whose')} />
          </div>
        )}
        {about.onlyOrders && (
          <LimitsField
            rule={rule}
            onChange={limits => onChange({ ...rule, ...limits })}
            environments={environments}
            problems={at}
          />
        )}
        <Problems of={problemsAt(problems, path, true)} />
      </Flex>
    </fieldset>
  );
};
