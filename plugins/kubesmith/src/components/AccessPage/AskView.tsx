import { useApi } from '@backstage/frontend-plugin-api';
import { Flex, Skeleton, Text } from '@backstage/ui';
import type { PolicyAnswers } from '@kubesmith/plugin-kubesmith-common';
import { useCallback, useEffect, useState } from 'react';
import { policiesApiRef } from '../../api/policiesApi';
import { EntityPicker } from '../EntityPicker';
import { LoadError } from '../LoadError';
import styles from './AccessPage.module.css';
import { AnswersTable } from './AnswersTable';
import { ClusterPicker } from './ClusterPicker';
import type { Names } from './describeRule';
import { EnvironmentAnswers } from './EnvironmentAnswers';
import { RoleRules } from './RoleCard';
import { clusterVerbs, portalVerbs } from './verbTexts';

/** The answers about somebody; read anew when the question or `version` changes. */
function useAnswers(
  question: { user?: string; cluster?: string } | undefined,
  version: number | undefined,
) {
  const policiesApi = useApi(policiesApiRef);
  const [state, setState] = useState<{
    answers?: PolicyAnswers;
    error?: Error;
  }>({});
  const [round, setRound] = useState(0);
  const { user, cluster } = question ?? {};
  const isAsked = question !== undefined;

  useEffect(() => {
    let isCurrent = true;
    setState({});
    if (isAsked) {
      policiesApi.explain({ user, cluster }).then(
        answers => isCurrent && setState({ answers }),
        error => isCurrent && setState({ error }),
      );
    }
    return () => {
      isCurrent = false;
    };
  }, [policiesApi, isAsked, user, cluster, round, version]);

  const retry = useCallback(() => setRound(n => n + 1), []);
  return { ...state, retry };
}

/**
 * "What could this person do?", or "what may I do?" without a choice of persons.
 */
export const AskView = (props: {
  isAboutMe?: boolean;
  /** The version in force: after another one the answers are read anew. */
  version?: number;
  names: Names;
}) => {
  const { isAboutMe, version, names } = props;
  const [user, setUser] = useState<string>();
  const [cluster, setCluster] = useState<string>();
  const question =
    isAboutMe || user
      ? { user: isAboutMe ? undefined : user, cluster }
      : undefined;
  const { answers, error, retry } = useAnswers(question, version);

  return (
    <Flex direction="column" gap="4">
      <Text as="p" color="secondary">
        {isAboutMe
          ? 'Your roles say what you may do. Choose a cluster to see what you may do with it.'
          : 'Answers come from the policies that are in force; changes that are not saved do not count.'}
      </Text>
      <div className={styles.columns}>
        {!isAboutMe && (
          <EntityPicker
            label="Person"
            kinds={['user']}
            value={user}
            onChange={setUser}
          />
        )}
        <ClusterPicker value={cluster} onChange={setCluster} names={names} />
      </div>
      {error && (
        <LoadError title="There is no answer" error={error} onRetry={retry} />
      )}
      {question && !answers && !error && (
        <div role="status" aria-label="Looking for the answer">
          <Skeleton height={160} />
        </div>
      )}
      {answers && (
        <>
          {cluster && (
            <AnswersTable
              caption="With this cluster"
              items={answers.items}
              verbs={clusterVerbs}
              names={names}
            />
          )}
          <EnvironmentAnswers
            environments={answers.environments}
            names={names}
          />
          <section aria-label="Roles">
            <Flex direction="column" gap="3">
              <Text as="h3" variant="title-x-small">
                {isAboutMe ? 'Your roles' : 'Roles of this person'}
              </Text>
              {answers.roles.length === 0 && (
                <Text color="secondary">None: everything is refused.</Text>
              )}
              {answers.roles.map(role => (
                <div key={role.name}>
                  <Text weight="bold">{role.title ?? role.name}</Text>
                  {role.description && (
                    <Text as="p" color="secondary">
                      {role.description}
                    </Text>
                  )}
                  {role.rules && <RoleRules rules={role.rules} names={names} />}
                </div>
              ))}
            </Flex>
          </section>
          <AnswersTable
            caption="With the whole portal"
            items={answers.items}
            verbs={portalVerbs}
            names={names}
          />
        </>
      )}
    </Flex>
  );
};
