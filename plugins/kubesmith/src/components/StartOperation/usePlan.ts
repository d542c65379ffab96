import { useApi } from '@backstage/frontend-plugin-api';
import type {
  OperationPlan,
  OperationRequest,
} from '@kubesmith/plugin-kubesmith-common';
import { useCallback, useEffect, useState } from 'react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { errorText } from '../../format/errorText';

const PAUSE_MS = 300;

/** What is known of a plan: nothing while it is worked out. */
export type PlanState = {
  plan?: OperationPlan;
  error?: string;
  /** Asks for it again. */
  refresh: () => void;
};

/** The plan of a request, asked for when whoever fills it in pauses; undefined asks for none. */
export function usePlan(
  clusterId: string,
  request: OperationRequest | undefined,
): PlanState {
  const kubesmithApi = useApi(kubesmithApiRef);
  const [state, setState] = useState<{
    of?: string;
    plan?: OperationPlan;
    error?: string;
  }>({});
  const [round, setRound] = useState(0);
  const wanted = request && JSON.stringify(request);

  useEffect(() => {
    if (wanted === undefined) return undefined;
    let isStale = false;
    const of = `${round} ${wanted}`;
    const timer = setTimeout(() => {
      kubesmithApi.planOperation(clusterId, JSON.parse(wanted)).then(
        plan => isStale || setState({ of, plan }),
        cause => isStale || setState({ of, error: errorText(cause) }),
      );
    }, PAUSE_MS);
    return () => {
      isStale = true;
      clearTimeout(timer);
    };
  }, [kubesmithApi, clusterId, wanted, round]);

  const isCurrent = wanted !== undefined && state.of === `${round} ${wanted}`;
  return {
    plan: isCurrent ? state.plan : undefined,
    error: isCurrent ? state.error : undefined,
    refresh: useCallback(() => setRound(value => value + 1), []),
  };
}
