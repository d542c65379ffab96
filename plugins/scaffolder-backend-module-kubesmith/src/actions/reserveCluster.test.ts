import { mockCredentials } from '@backstage/backend-test-utils';
import { KubesmithApiError } from '@kubesmith/plugin-kubesmith-common';
import {
  CLUSTER_ID,
  OPERATION_ID,
  ScriptedKubesmith,
  waitingOrder,
} from '../__testUtils__/ScriptedKubesmith';
import { actionContext, testDeps } from '../__testUtils__/actionContext';
import { createReserveClusterAction } from './reserveCluster';

const order = {
  name: 'demo',
  environment: 'course',
  size: 'small',
  workers: 1,
};
const problem = {
  field: 'name',
  code: 'KUBESMITH-NAME-TAKEN',
  message: "There already is a cluster 'demo'.",
  remedy: 'Choose another name.',
};
const asUser = { credentials: mockCredentials.user() };

describe('kubesmith:cluster:reserve', () => {
  it('should order as the user, in the name of the task', async () => {
    const kubesmith = new ScriptedKubesmith();
    const { ctx, outputs, lines } = actionContext(order);
    await createReserveClusterAction(testDeps(kubesmith)).handler(ctx);
    expect(kubesmith.service.orderCluster).toHaveBeenCalledWith(
      {
        ...order,
        taskId: 'mock-task-id',
        requestId: expect.stringMatching(/^order:mock-task-id:[0-9a-f]{16}$/),
      },
      asUser,
    );
    expect(outputs).toEqual({
      clusterId: CLUSTER_ID,
      operationId: OPERATION_ID,
      entityRef: 'resource:kubesmith/course.demo',
    });
    expect(lines).toContain(
      'info: demo-w-1: 10.40.19.203, 2 vCPU, 4096 MiB, on pve2',
    );
  });

  it('should say that the order waits for an approval, and build nothing', async () => {
    const kubesmith = new ScriptedKubesmith();
    kubesmith.service.orderCluster.mockResolvedValue({
      orderRequest: waitingOrder,
    });
    const { ctx, outputs, lines } = actionContext(order);
    await createReserveClusterAction(testDeps(kubesmith)).handler(ctx);
    expect(outputs).toEqual({ orderRequestId: waitingOrder.id });
    expect(lines).toEqual([
      'info: Nothing is built yet: the order needs an approval and is waiting. It has 9 workers; more than 4 need an approval.',
    ]);
  });

  it('should ask for the same thing again after a crash, and for another one in another iteration', async () => {
    const kubesmith = new ScriptedKubesmith();
    const action = createReserveClusterAction(testDeps(kubesmith));
    await action.handler(actionContext(order).ctx);
    await action.handler(actionContext(order).ctx);
    await action.handler(actionContext({ ...order, name: 'demo-2' }).ctx);
    const [first, second, third] =
      kubesmith.service.orderCluster.mock.calls.map(
        ([{ requestId }]) => requestId,
      );
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it('should leave out what was left empty in the form', async () => {
    const kubesmith = new ScriptedKubesmith();
    await createReserveClusterAction(testDeps(kubesmith)).handler(
      actionContext({ ...order, owner: '', reason: '', kubernetesVersion: '' })
        .ctx,
    );
    const [[sent]] = kubesmith.service.orderCluster.mock.calls;
    expect(Object.keys(sent).sort()).toEqual(
      [...Object.keys(order), 'requestId', 'taskId'].sort(),
    );
  });

  it('should name field and remedy of what is refused', async () => {
    const kubesmith = new ScriptedKubesmith();
    kubesmith.service.orderCluster.mockRejectedValue(
      new KubesmithApiError({
        status: 400,
        message: 'no',
        problems: [problem],
      }),
    );
    await expect(
      createReserveClusterAction(testDeps(kubesmith)).handler(
        actionContext(order).ctx,
      ),
    ).rejects.toThrow(
      "name: There already is a cluster 'demo'. Choose another name. (KUBESMITH-NAME-TAKEN)",
    );
    expect(kubesmith.service.orderCluster).toHaveBeenCalledTimes(1);
  });

  it('should check, and order nothing, in a dry run', async () => {
    const kubesmith = new ScriptedKubesmith();
    const action = createReserveClusterAction(testDeps(kubesmith));
    const { ctx, outputs } = actionContext(order, { isDryRun: true });
    await action.handler(ctx);
    expect(kubesmith.service.checkOrder).toHaveBeenCalledWith(order, asUser);
    expect(outputs.entityRef).toBe('resource:kubesmith/course.demo');

    kubesmith.service.checkOrder.mockResolvedValue({
      problems: [problem],
      quotas: [],
    });
    await expect(action.handler(ctx)).rejects.toThrow('KUBESMITH-NAME-TAKEN');
    expect(kubesmith.service.orderCluster).not.toHaveBeenCalled();
  });
});
