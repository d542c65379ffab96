import { Alert, Text } from '@backstage/ui';
import {
  formatPolicyProblem,
  type CurrentPolicies,
} from '@kubesmith/plugin-kubesmith-common';
import styles from './AccessPage.module.css';

/** Where the policies come from, when that matters: kept in files, or the newest ones cannot be used. */
export const SourceState = ({ current }: { current: CurrentPolicies }) => {
  const { health, source, writable } = current;
  return (
    <>
      {health.status === 'failing' && (
        <Alert
          role="alert"
          status="danger"
          icon
          title={
            source === 'files'
              ? 'The policy files have mistakes. The last good ones stay in force; what was changed since does not hold.'
              : 'The newest version cannot be used. The last good one stays in force.'
          }
          description={
            <ul className={styles.rules}>
              {health.problems.map((problem, index) => (
                <li key={index}>{formatPolicyProblem(problem)}</li>
              ))}
            </ul>
          }
        />
      )}
      {health.warnings && health.warnings.length > 0 && (
        <Alert
          role="status"
          status="warning"
          icon
          title="The policy files name what there is not; these names give nobody anything."
          description={
            <ul className={styles.rules}>
              {health.warnings.map((warning, index) => (
                <li key={index}>{formatPolicyProblem(warning)}</li>
              ))}
            </ul>
          }
        />
      )}
      {!writable && (
        <Alert
          role="status"
          status="info"
          icon
          title="Access of this portal is kept in files and can only be read here"
          description={
            <Text>
              Change the files that kubesmith.policies.files of the app-config
              names, for example in Git. A change holds within a moment, without
              a restart.
            </Text>
          }
        />
      )}
    </>
  );
};
