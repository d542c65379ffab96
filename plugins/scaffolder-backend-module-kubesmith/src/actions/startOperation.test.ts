import { mockCredentials } from '@backstage/backend-test-utils';
import {
  CLUSTER_ID,
  OPERATION_ID,
  ScriptedKubesmith,
} from '../__testUtils__/ScriptedKubesmith';
import { actionContext, testDeps } from '../__testUtils__/actionContext';
import { createFollowOperationAction } from './followOperation';
import { createStartOperationAction } from './startOperation';

const asUser = { credentials: mockCredentials.user() };
const entityRef = 'resource:kubesmith/course.demo';
const request = { kind: 'transfer', owner: 'group:default/team-a' } as const;

function setUp() {
  const kubesmith = new ScriptedKubesmith({
    kind: 'transfer',
    steps: ['accept', 'work'],
  });
  return {
    kubesmith,
    start: createStartOperationAction(testDeps(kubesmith)),
    follow: createFollowOperationAction(testDeps(kubesmith)),
  };
}

describe('kubesmith:operation:start', () => {
  it('should begin it as the user, in the name of the task', async () => {
    const { kubesmith, start } = setUp();
    const { ctx, outputs } = actionContext({ entityRef, request });
    await start.handler(ctx);
    expect(kubesmith.service.startOperation).toHaveBeenCalledWith(
      {
        clusterId: CLUSTER_ID,
        request,
        taskId: 'mock-task-id',
        requestId: expect.stringMatching(
          /^transfer:mock-task-id:[0-9a-f]{16}$/,
        ),
      },
      asUser,
    );
    expect(outputs).toEqual({
      clusterId: CLUSTER_ID,
      operationId: OPERATION_ID,
      summary: 'A plan of the script',
    });
  });

  it('should show the plan and begin nothing in a dry run', async () => {
    const { kubesmith, start } = setUp();
    const { ctx, outputs } = actionContext(
      { entityRef, request },
      { isDryRun: true },
    );
    await start.handler(ctx);
    expect(kubesmith.service.planOperation).toHaveBeenCalledWith(
      { clusterId: CLUSTER_ID, ...request },
      asUser,
    );
    expect(kubesmith.service.startOperation).not.toHaveBeenCalled();
    expect(outputs).toMatchObject({ summary: 'A plan of the script' });
  });
});

describe('kubesmith:operation:follow', () => {
  it('should ensure all steps, in their order', async () => {
    const { kubesmith, follow } = setUp();
    await follow.handler(actionContext({ operationId: OPERATION_ID }).ctx);
    expect(
      kubesmith.service.ensureStep.mock.calls.map(([{ step }]) => step),
    ).toEqual(['accept', 'work']);
  });

  it('should stop at the step that fails, with its code', async () => {
    const kubesmith = new ScriptedKubesmith({
      steps: ['first', 'second'],
      script: [
        {
          status: 'failed',
          operationStatus: 'failed',
          failure: {
            code: 'KUBESMITH-PVE-PERMISSION',
            class: 'permanent',
            message: 'The token may not.',
            nextStep: 'Ask the department.',
          },
        },
      ],
    });
    const follow = createFollowOperationAction(testDeps(kubesmith));
    await expect(
      follow.handler(actionContext({ operationId: OPERATION_ID }).ctx),
    ).rejects.toThrow('KUBESMITH-PVE-PERMISSION');
    expect(kubesmith.service.ensureStep).toHaveBeenCalledTimes(1);
  });
});
