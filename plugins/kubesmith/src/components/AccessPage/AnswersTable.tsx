import { Flex, Text } from '@backstage/ui';
import type {
  PolicyExplanation,
  PolicyVerb,
} from '@kubesmith/plugin-kubesmith-common';
import { RiCheckLine, RiCloseLine } from '@remixicon/react';
import styles from './PreviewTable.module.css';
import { describeRule, type Names } from './describeRule';
import { verbTexts } from './verbTexts';

/** What gives an answer: the role with the rule, or why there is none. */
export function whyOf(item: PolicyExplanation, names: Names): string {
  const { because, role, ruleText } = item;
  if (because === 'unseen') {
    return 'The cluster may not be seen, which everything else needs';
  }
  if (because === 'nothing') {
    return 'No rule allows it';
  }
  const title = role?.title ?? role?.name ?? '';
  const words = ruleText && describeRule(ruleText, names).join('; ');
  return words ? `${title}: ${words}` : title;
}

/** A cell with an answer. */
export const YesOrNo = ({ isYes }: { isYes: boolean }) => {
  const Icon = isYes ? RiCheckLine : RiCloseLine;
  return (
    <td className={isYes ? styles.gains : styles.loses}>
      <Flex align="center" gap="1">
        <Icon aria-hidden size={16} />
        {isYes ? 'yes' : 'no'}
      </Flex>
    </td>
  );
};

/** Yes or no for each verb, and what gives the answer. */
export const AnswersTable = (props: {
  caption: string;
  items: readonly PolicyExplanation[];
  /** Which verbs, in this order. */
  verbs: readonly PolicyVerb[];
  names: Names;
}) => {
  const rows = props.verbs.flatMap(
    verb => props.items.find(item => item.verb === verb) ?? [],
  );
  return (
    <table className={styles.table}>
      <caption>{props.caption}</caption>
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">May</th>
          <th scope="col">Because of</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(item => (
          <tr key={item.verb}>
            <th scope="row" title={verbTexts[item.verb].explanation}>
              {verbTexts[item.verb].label}
            </th>
            <YesOrNo isYes={item.allowed} />
            <td>
              <Text>{whyOf(item, props.names)}</Text>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};
