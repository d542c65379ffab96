import { Alert, Flex, Text } from '@backstage/ui';
import type { OperationPlan } from '@kubesmith/plugin-kubesmith-common';
import { formatDuration } from '../../format/time';
import styles from './PlanView.module.css';

/** What an operation would do, what somebody should know before they agree, and what is in its way. */
export const PlanView = ({ plan }: { plan: OperationPlan }) => {
  const seconds = plan.steps.reduce(
    (total, { typicalSeconds }) => total + typicalSeconds,
    0,
  );
  if (plan.problems.length > 0) {
    return (
      <Alert
        role="alert"
        status="danger"
        icon
        title="This is not possible now"
        description={
          <ul className={styles.list}>
            {plan.problems.map(({ code, field, message, remedy }) => (
              <li key={`${field} ${code} ${message}`}>
                {message} {remedy} ({code})
              </li>
            ))}
          </ul>
        }
      />
    );
  }
  return (
    <Flex direction="column" gap="3">
      <Text weight="bold">{plan.summary}.</Text>
      {plan.effects.length > 0 && (
        <ul className={styles.list} aria-label="What will happen">
          {plan.effects.map(({ node, text }) => (
            <li key={`${node} ${text}`}>
              {node && <strong>{node}: </strong>}
              {text}
            </li>
          ))}
        </ul>
      )}
      {plan.warnings.map(warning => (
        <Alert key={warning} status="warning" icon title={warning} />
      ))}
      <Text color="secondary">
        Usually takes about {formatDuration(seconds * 1000)}.
      </Text>
    </Flex>
  );
};
