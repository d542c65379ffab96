import { hostileTexts } from '@kubesmith/hostile-texts';
import {
  CLUSTER_ID,
  OPERATION_ID,
  ScriptedKubesmith,
} from '../__testUtils__/ScriptedKubesmith';
import { actionContext, testDeps } from '../__testUtils__/actionContext';
import { createDeleteClusterAction } from './deleteCluster';
import { createKubesmithActions } from './index';
import { createReserveClusterAction } from './reserveCluster';
import { validate } from 'jsonschema';

const order = {
  name: 'demo',
  environment: 'course',
  owner: 'user:default/ada',
  size: 'small',
  kubernetesVersion: '1.36.3',
  reason: 'Exercise',
};
type Field = keyof typeof order;

const request = { kind: 'transfer', owner: 'group:default/team-a' };

describe('hostile texts in the input of actions', () => {
  it.each(Object.keys(order) as Field[])(
    'reach the API as they are: %s of an order',
    async field => {
      const kubesmith = new ScriptedKubesmith();
      const action = createReserveClusterAction(testDeps(kubesmith));
      for (const text of hostileTexts) {
        const { ctx } = actionContext({ ...order, workers: 1, [field]: text });
        await action.handler(ctx);
        const [[sent]] = kubesmith.service.orderCluster.mock.calls.splice(0);
        expect(sent).toStrictEqual({
          ...order,
          workers: 1,
          [field]: text,
          taskId: 'mock-task-id',
          requestId: expect.stringMatching(/^order:mock-task-id:[0-9a-f]{16}$/),
        });
      }
    },
  );

  it.each(Object.keys(order) as Field[])(
    'are no way around the check of a dry run: %s of an order',
    async field => {
      const kubesmith = new ScriptedKubesmith();
      const action = createReserveClusterAction(testDeps(kubesmith));
      for (const text of hostileTexts) {
        const input = { ...order, workers: 1, [field]: text };
        await action.handler(actionContext(input, { isDryRun: true }).ctx);
        const [[sent]] = kubesmith.service.checkOrder.mock.calls.splice(0);
        expect(sent).toStrictEqual(input);
      }
      expect(kubesmith.service.orderCluster).not.toHaveBeenCalled();
    },
  );

  it('reach the API as they are: the reason of a deletion', async () => {
    const kubesmith = new ScriptedKubesmith({ kind: 'delete' });
    const action = createDeleteClusterAction(testDeps(kubesmith));
    for (const reason of hostileTexts) {
      await action.handler(
        actionContext({ clusterId: CLUSTER_ID, reason }).ctx,
      );
      const [[sent]] = kubesmith.service.deleteCluster.mock.calls.splice(0);
      expect(sent).toStrictEqual({
        clusterId: CLUSTER_ID,
        reason,
        taskId: 'mock-task-id',
        requestId: expect.any(String),
      });
    }
  });

  it('name no cluster: the entity of a deletion', async () => {
    const kubesmith = new ScriptedKubesmith({ kind: 'delete' });
    const action = createDeleteClusterAction(testDeps(kubesmith));
    for (const text of hostileTexts) {
      for (const entityRef of [text, `resource:kubesmith/course.${text}`]) {
        await expect(
          action.handler(actionContext({ entityRef }).ctx),
        ).rejects.toThrow(/must be named by|that you may see/);
      }
    }
    expect(kubesmith.service.deleteCluster).not.toHaveBeenCalled();
    // What has the form of a name is looked for as that name, and as no other parameter.
    for (const [query] of kubesmith.service.listClusters.mock.calls) {
      expect(Object.keys(query).sort()).toEqual([
        'environment',
        'includeDeleted',
        'limit',
        'search',
      ]);
    }
  });

  it('are no id: by the schema of each action, which the scaffolder checks', () => {
    let checked = 0;
    for (const { id, schema } of createKubesmithActions(
      testDeps(new ScriptedKubesmith()),
    )) {
      const input = schema?.input as { properties: Record<string, any> };
      for (const field of ['operationId', 'clusterId']) {
        if (!input.properties[field]) continue;
        // What else the action cannot do without.
        const others = id === 'kubesmith:operation:start' ? { request } : {};
        const verdict = (value: string) =>
          validate({ ...others, [field]: value }, input as never).valid;
        expect([id, verdict(OPERATION_ID)]).toEqual([id, true]);
        for (const text of hostileTexts)
          expect([id, field, text, verdict(text)]).toEqual([
            id,
            field,
            text,
            false,
          ]);
        checked += 1;
      }
    }
    expect(checked).toBe(9);
  });
});
