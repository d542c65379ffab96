import { useApi } from '@backstage/frontend-plugin-api';
import { catalogApiRef } from '@backstage/plugin-catalog-react';
import { Checkbox, CheckboxGroup, Flex, Text } from '@backstage/ui';
import {
  TEMPLATE_VERB_LABEL,
  type Environment,
  type PolicyProblem,
  type PolicyRule,
} from '@kubesmith/plugin-kubesmith-common';
import { useEffect, useState } from 'react';
import styles from './AccessPage.module.css';
import { Problems } from './Problems';

type Limit = 'sizes' | 'versions' | 'templates';

/** The templates that order clusters; none when the catalog does not answer, and then those in use can still be taken away. */
function useOrderTemplates(): readonly string[] {
  const catalogApi = useApi(catalogApiRef);
  const [templates, setTemplates] = useState<string[]>([]);
  useEffect(() => {
    let isCurrent = true;
    catalogApi
      .getEntities({
        filter: {
          kind: 'Template',
          [`metadata.labels.${TEMPLATE_VERB_LABEL}`]: 'create',
        },
        fields: ['metadata.name'],
      })
      .then(
        ({ items }) =>
          isCurrent && setTemplates(items.map(({ metadata }) => metadata.name)),
        () => undefined,
      );
    return () => {
      isCurrent = false;
    };
  }, [catalogApi]);
  return templates;
}

/** To which sizes, versions and templates a rule about orders is limited; nothing chosen is no limit. */
export const LimitsField = (props: {
  rule: PolicyRule;
  onChange: (limits: Pick<PolicyRule, Limit>) => void;
  environments: readonly Environment[];
  problems: (limit: Limit) => readonly PolicyProblem[];
}) => {
  const { rule, onChange, environments, problems } = props;
  const templates = useOrderTemplates();
  const { where } = rule;
  const named =
    typeof where === 'object' && Array.isArray(where.environments)
      ? where.environments
      : undefined;
  const places = environments.filter(
    ({ name }) => !named?.length || named.includes(name),
  );
  const offered: Record<Limit, readonly string[]> = {
    sizes: places.flatMap(({ sizes }) => sizes.map(({ name }) => name)),
    versions: places.flatMap(({ kubernetesVersions }) => kubernetesVersions),
    templates,
  };
  const titles: Record<Limit, string> = {
    sizes: 'Sizes',
    versions: 'Kubernetes versions',
    templates: 'Templates',
  };

  return (
    <Flex direction="column" gap="2">
      <Text variant="body-small" color="secondary">
        Limits of the order: choose none of a column to allow all of it.
      </Text>
      <div className={styles.columns}>
        {(['sizes', 'versions', 'templates'] as const).map(limit => {
          const value = rule[limit] ?? [];
          const choices = [...new Set([...offered[limit], ...value])];
          return (
            <div key={limit}>
              <CheckboxGroup
                label={titles[limit]}
                className={styles.scroll}
                value={value}
                onChange={chosen =>
                  onChange({
                    [limit]:
                      chosen.length > 0
                        ? choices.filter(each => chosen.includes(each))
                        : undefined,
                  })
                }
              >
                {choices.map(choice => (
                  <Checkbox key={choice} value={choice}>
                    {choice}
                  </Checkbox>
                ))}
              </CheckboxGroup>
              <Problems of={problems(limit)} />
            </div>
          );
        })}
      </div>
    </Flex>
  );
};
