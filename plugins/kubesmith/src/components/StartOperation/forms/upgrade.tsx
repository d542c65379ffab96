import { Select } from '@backstage/ui';
import { upgradesFrom } from '@kubesmith/plugin-kubesmith-common';
import { LoadError } from '../../LoadError';
import type { OperationForm } from './OperationForm';
import { useOrderable } from './useOrderable';

/** To which version. The one that the cluster has goes on with an upgrade that was not finished. */
export const upgradeForm: OperationForm = {
  Fields: ({ cluster, value, onChange }) => {
    const { environment, error, retry } = useOrderable(cluster.environment);
    if (error)
      return (
        <LoadError
          title="The versions cannot be read"
          error={error}
          onRetry={retry}
        />
      );
    const now = cluster.spec.kubernetesVersion;
    const newer = upgradesFrom(now, environment?.kubernetesVersions ?? []);
    return (
      <Select
        label="New version"
        description={
          environment && newer.length === 0
            ? `The environment '${cluster.environment}' offers no newer version than ${now} that can be reached at once. Ask its staff.`
            : 'One minor version at a time. There is no way back.'
        }
        isDisabled={!environment}
        options={[
          ...newer.map(version => ({
            id: version,
            label: `Kubernetes ${version}`,
          })),
          {
            id: now,
            label: `Kubernetes ${now}: go on with an upgrade that was not finished`,
          },
        ]}
        value={value.kubernetesVersion ?? null}
        onChange={version => onChange({ kubernetesVersion: String(version) })}
      />
    );
  },
  isComplete: ({ kubernetesVersion }) => kubernetesVersion !== undefined,
};
