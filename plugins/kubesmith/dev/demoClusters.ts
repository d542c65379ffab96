import type { Cluster } from '@kubesmith/plugin-kubesmith-common';
import { aCluster, anOperation } from '../src/__testUtils__/records';

/** One cluster in each state that looks different. */
export function demoClusters(): Cluster[] {
  const ago = (seconds: number) =>
    new Date(Date.now() - seconds * 1000).toISOString();
  const building = anOperation({
    createdAt: ago(13),
    startedAt: ago(13),
    taskId: 'a-task',
  });
  building.steps[0].startedAt = ago(13);
  building.steps[0].finishedAt = ago(12);
  building.steps[1].startedAt = ago(12);
  const failure = {
    code: 'KUBESMITH-TERRAFORM-FAILED',
    class: 'permanent' as const,
    message: 'The datastore shared-ssd is full.',
    nextStep: 'Ask the department for space, then press “Retry”.',
  };
  const failed = anOperation({
    id: 'op-2',
    status: 'failed',
    failure,
    finishedAt: '2026-11-21T10:00:31.000Z',
  });
  failed.steps[1] = {
    ...failed.steps[1],
    status: 'failed',
    failure,
    attempt: 3,
    finishedAt: '2026-11-21T10:00:31.000Z',
  };
  return [
    aCluster({
      id: 'c1',
      name: 'blue-whale',
      phase: 'provisioning',
      readyAt: undefined,
      createdAt: ago(13),
      operation: building,
    }),
    aCluster({ id: 'c2', name: 'demo', owner: 'group:default/students' }),
    aCluster({
      id: 'c3',
      name: 'broken',
      phase: 'failed',
      failure,
      readyAt: undefined,
      operation: failed,
    }),
    aCluster({ id: 'c4', name: 'old-one', phase: 'deleting' }),
    aCluster({
      id: 'c5',
      name: 'gone',
      phase: 'deleted',
      deletedAt: '2026-11-20T10:00:00.000Z',
    }),
  ];
}
