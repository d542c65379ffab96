import {
  type FieldProblem,
  fieldProblem,
} from '@kubesmith/plugin-kubesmith-common';
import type { ClusterRecord } from '../../database/records';
import type { OperationRecord } from '../../engine/records';
import type { RequestableOperation } from './RequestableOperation';

/** Why an operation cannot begin in the state in which a cluster is; undefined if it can. */
export function phaseProblem(
  { phases, title }: Pick<RequestableOperation, 'phases' | 'title'>,
  cluster: Pick<ClusterRecord, 'name' | 'phase'>,
  live: Pick<OperationRecord, 'kind'> | undefined,
): FieldProblem | undefined {
  if (live)
    return fieldProblem('kind', 'KUBESMITH-CLUSTER-BUSY', {
      name: cluster.name,
      operation: live.kind,
    });
  return phases.includes(cluster.phase)
    ? undefined
    : fieldProblem('kind', 'KUBESMITH-PHASE-WRONG', {
        title,
        name: cluster.name,
        phase: cluster.phase,
        phases: phases.join(', '),
      });
}
