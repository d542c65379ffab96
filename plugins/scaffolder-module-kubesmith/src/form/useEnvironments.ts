import { useApi } from '@backstage/frontend-plugin-api';
import {
  kubesmithApiRef,
  type KubesmithApi,
} from '@kubesmith/plugin-kubesmith';
import type { Environment } from '@kubesmith/plugin-kubesmith-common';
import useAsyncRetry from 'react-use/esm/useAsyncRetry';

/** How long one answer serves all fields of the form, in ms; short, because free addresses are in it. */
const SHARED_MS = 5_000;

type Asked = { at: number; answer: Promise<Environment[]> };
const lastAsked = new WeakMap<KubesmithApi, Asked>();

function listEnvironments(kubesmithApi: KubesmithApi): Promise<Environment[]> {
  const last = lastAsked.get(kubesmithApi);
  if (last && Date.now() - last.at < SHARED_MS) {
    return last.answer;
  }
  const answer = kubesmithApi.listEnvironments();
  lastAsked.set(kubesmithApi, { at: Date.now(), answer });
  // A failure must not be what the next one gets.
  answer.catch(() => lastAsked.delete(kubesmithApi));
  return answer;
}

/** The environments in which the user may order; undefined until they are known. */
export function useEnvironments(): {
  environments?: Environment[];
  error?: Error;
  retry: () => void;
} {
  const kubesmithApi = useApi(kubesmithApiRef);
  const { value, error, retry } = useAsyncRetry(
    () => listEnvironments(kubesmithApi),
    [kubesmithApi],
  );
  return {
    environments: value?.filter(environment => environment.canOrder),
    error,
    retry,
  };
}

/** The environment that the form has chosen, once both are known. */
export function useChosenEnvironment(
  name: string | undefined,
): Environment | undefined {
  const { environments } = useEnvironments();
  return environments?.find(environment => environment.name === name);
}
