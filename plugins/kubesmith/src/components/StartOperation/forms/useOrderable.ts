import { useApi } from '@backstage/frontend-plugin-api';
import type { Environment } from '@kubesmith/plugin-kubesmith-common';
import { useEffect, useState } from 'react';
import { kubesmithApiRef } from '../../../api/kubesmithApi';

/** Of an environment what the person may choose there; undefined until it is known. */
export function useOrderable(name: string): {
  environment?: Pick<Environment, 'sizes' | 'kubernetesVersions'>;
  error?: Error;
  retry: () => void;
} {
  const kubesmithApi = useApi(kubesmithApiRef);
  const [attempt, setAttempt] = useState(0);
  const [found, setFound] = useState<{
    environment?: Pick<Environment, 'sizes' | 'kubernetesVersions'>;
    error?: Error;
  }>({});
  useEffect(() => {
    let isStale = false;
    kubesmithApi.listEnvironments().then(
      environments => {
        const here = environments.find(each => each.name === name);
        if (!isStale)
          setFound({
            environment: here ?? { sizes: [], kubernetesVersions: [] },
          });
      },
      error => isStale || setFound({ error }),
    );
    return () => {
      isStale = true;
    };
  }, [attempt, name, kubesmithApi]);
  return { ...found, retry: () => setAttempt(count => count + 1) };
}
