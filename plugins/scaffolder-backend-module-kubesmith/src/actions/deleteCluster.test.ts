import { mockCredentials } from '@backstage/backend-test-utils';
import {
  CLUSTER_ID,
  OPERATION_ID,
  ScriptedKubesmith,
  cluster,
} from '../__testUtils__/ScriptedKubesmith';
import { actionContext, testDeps } from '../__testUtils__/actionContext';
import { createDeleteClusterAction } from './deleteCluster';

const asUser = { credentials: mockCredentials.user() };
const entityRef = 'resource:kubesmith/course.demo';

function setUp() {
  const kubesmith = new ScriptedKubesmith({ kind: 'delete' });
  return { kubesmith, action: createDeleteClusterAction(testDeps(kubesmith)) };
}

describe('kubesmith:cluster:delete', () => {
  it('should delete as the user, in the name of the task', async () => {
    const { kubesmith, action } = setUp();
    const { ctx, outputs } = actionContext({ entityRef, reason: 'Over' });
    await action.handler(ctx);
    expect(kubesmith.service.listClusters).toHaveBeenCalledWith(
      expect.objectContaining({ environment: 'course', search: 'demo' }),
      asUser,
    );
    expect(kubesmith.service.deleteCluster).toHaveBeenCalledWith(
      {
        clusterId: CLUSTER_ID,
        taskId: 'mock-task-id',
        requestId: expect.stringMatching(/^delete:mock-task-id:[0-9a-f]{16}$/),
        reason: 'Over',
      },
      asUser,
    );
    expect(outputs).toEqual({
      clusterId: CLUSTER_ID,
      operationId: OPERATION_ID,
    });
  });

  it('should take an id as well', async () => {
    const { kubesmith, action } = setUp();
    await action.handler(actionContext({ clusterId: CLUSTER_ID }).ctx);
    expect(kubesmith.service.listClusters).not.toHaveBeenCalled();
    expect(kubesmith.service.deleteCluster).toHaveBeenCalled();
  });

  it('should choose the live one of several that had the name, else the newest', async () => {
    const { kubesmith, action } = setUp();
    const live = { ...cluster, id: 'live' };
    const newer = {
      ...cluster,
      id: 'newer',
      deletedAt: '2026-11-20T00:00:00Z',
    };
    const older = {
      ...cluster,
      id: 'older',
      deletedAt: '2026-11-19T00:00:00Z',
    };
    const other = { ...cluster, id: 'other', entityRef: `${entityRef}-2` };
    for (const [items, expected] of [
      [[other, newer, live, older], 'live'],
      [[other, newer, older], 'newer'],
    ] as const) {
      kubesmith.service.listClusters.mockResolvedValue({
        items: [...items],
        total: items.length,
      });
      await action.handler(actionContext({ entityRef }).ctx);
      expect(kubesmith.service.deleteCluster).toHaveBeenLastCalledWith(
        expect.objectContaining({ clusterId: expected }),
        asUser,
      );
    }
  });

  it('should say so when there is none that the user may see', async () => {
    const { kubesmith, action } = setUp();
    kubesmith.service.listClusters.mockResolvedValue({ items: [], total: 0 });
    await expect(
      action.handler(actionContext({ entityRef }).ctx),
    ).rejects.toThrow("no cluster 'demo' in 'course' that you may see");
    expect(kubesmith.service.listClusters).toHaveBeenCalledTimes(1);
    expect(kubesmith.service.deleteCluster).not.toHaveBeenCalled();
  });

  it.each([{}, { entityRef: 'component:default/demo' }])(
    'should refuse %p',
    async input => {
      const { action } = setUp();
      await expect(action.handler(actionContext(input).ctx)).rejects.toThrow(
        'must be named by clusterId or by an entityRef',
      );
    },
  );

  it('should delete nothing in a dry run', async () => {
    const { kubesmith, action } = setUp();
    await action.handler(actionContext({ entityRef }, { isDryRun: true }).ctx);
    expect(kubesmith.service.deleteCluster).not.toHaveBeenCalled();
  });
});
