import { Text } from '@backstage/ui';
import type { PolicyProblem } from '@kubesmith/plugin-kubesmith-common';
import styles from './AccessPage.module.css';
import { sentence } from './problemsAt';

/** What is wrong with a field, below it; read out when it appears. */
export const Problems = ({ of }: { of: readonly PolicyProblem[] }) => (
  <div role="status" aria-live="polite">
    {of.map((problem, index) => (
      <Text
        key={`${problem.path} ${index}`}
        as="p"
        variant="body-small"
        color="danger"
        className={styles.problem}
      >
        {sentence(problem)}
      </Text>
    ))}
  </div>
);
