import { mockCredentials } from '@backstage/backend-test-utils';
import { KubesmithApiError } from '@kubesmith/plugin-kubesmith-common';
import {
  OPERATION_ID,
  ScriptedKubesmith,
  type Answer,
} from '../__testUtils__/ScriptedKubesmith';
import { actionContext, testDeps } from '../__testUtils__/actionContext';
import { followStep } from './followStep';

const own = { credentials: mockCredentials.service('plugin:scaffolder') };
const user = { credentials: mockCredentials.user() };

function follow(
  kubesmith: ScriptedKubesmith,
  options: { signal?: AbortSignal } = {},
) {
  const { ctx, lines } = actionContext({}, options);
  const result = followStep(testDeps(kubesmith), {
    ctx,
    operationId: OPERATION_ID,
    step: 'machines',
  });
  return { result, lines };
}

describe('followStep', () => {
  it('should ensure the step with the scaffolder’s own credentials and the task’s id until it is done', async () => {
    const kubesmith = new ScriptedKubesmith({
      script: [{ status: 'pending' }, { status: 'running' }],
    });
    const { result } = follow(kubesmith);
    await expect(result).resolves.toMatchObject({
      step: { name: 'machines', status: 'succeeded' },
      operation: { id: OPERATION_ID },
    });
    expect(kubesmith.service.ensureStep).toHaveBeenCalledTimes(3);
    expect(kubesmith.service.ensureStep).toHaveBeenLastCalledWith(
      {
        operationId: OPERATION_ID,
        step: 'machines',
        taskId: 'mock-task-id',
        afterEvent: 0,
        waitSeconds: 10,
      },
      expect.objectContaining(own),
    );
  });

  it('should write each event and each progress of the step once', async () => {
    const kubesmith = new ScriptedKubesmith({
      script: [
        {
          events: [
            {
              level: 'info',
              step: 'machines',
              node: 'demo-w-1',
              message: 'Cloning',
            },
            { level: 'info', step: 'kubernetes', message: 'Not of this step' },
          ],
          progress: { message: 'Cloning', node: 'demo-w-1' },
        },
        {
          progress: {
            message: 'Waiting for demo-w-1',
            node: 'demo-w-1',
            percent: 66.6,
          },
        },
        {
          progress: {
            message: 'Waiting for demo-w-1',
            node: 'demo-w-1',
            percent: 66.6,
          },
        },
        { events: [{ level: 'warn', step: 'machines', message: 'Slow' }] },
      ],
    });
    const { result, lines } = follow(kubesmith);
    await result;
    expect(lines).toEqual([
      'info: demo-w-1: Cloning',
      'info: Waiting for demo-w-1 (67 %)',
      'warn: Slow',
    ]);
  });

  it.each<[string, Error]>([
    [
      'no connection',
      Object.assign(new TypeError('fetch failed'), {
        cause: new Error('ECONNREFUSED'),
      }),
    ],
    ['a restart', new KubesmithApiError({ status: 503, message: 'Starting' })],
    [
      'new keys',
      new KubesmithApiError({ status: 401, message: 'Unknown key' }),
    ],
    ['no answer in time', new DOMException('Timed out', 'TimeoutError')],
  ])('should get over %s', async (_name, error) => {
    const kubesmith = new ScriptedKubesmith({ script: [error, {}, error] });
    const { result, lines } = follow(kubesmith);
    await expect(result).resolves.toMatchObject({
      step: { status: 'succeeded' },
    });
    expect(lines[0]).toMatch(
      /^warn: Kubesmith does not answer \(.*trying again/,
    );
  });

  it('should give up when the backend stays away', async () => {
    const kubesmith = new ScriptedKubesmith();
    kubesmith.service.ensureStep.mockRejectedValue(
      new KubesmithApiError({
        status: 503,
        message: 'Starting',
        code: 'KUBESMITH-X',
      }),
    );
    await expect(follow(kubesmith).result).rejects.toThrow(
      'Starting (KUBESMITH-X)',
    );
  });

  it('should not repeat what was refused', async () => {
    const kubesmith = new ScriptedKubesmith({
      script: [new KubesmithApiError({ status: 403, message: 'Not yours' })],
    });
    await expect(follow(kubesmith).result).rejects.toThrow('Not yours');
    expect(kubesmith.service.ensureStep).toHaveBeenCalledTimes(1);
  });

  it('should fail with code and next step', async () => {
    const failure = {
      code: 'KUBESMITH-PVE-STORAGE-FULL',
      class: 'permanent' as const,
      message: 'The storage is full.',
      nextStep: 'Ask the department.',
    };
    const kubesmith = new ScriptedKubesmith({
      script: [{ status: 'failed', operationStatus: 'failed', failure }],
    });
    await expect(follow(kubesmith).result).rejects.toThrow(
      'The storage is full. Ask the department. (KUBESMITH-PVE-STORAGE-FULL)',
    );
  });

  it('should stay while the engine tries again', async () => {
    const script: Answer[] = [
      { status: 'failed', operationStatus: 'waiting' },
      { status: 'waiting', operationStatus: 'waiting' },
    ];
    const kubesmith = new ScriptedKubesmith({ script });
    await expect(follow(kubesmith).result).resolves.toBeDefined();
    expect(kubesmith.service.retryOperation).not.toHaveBeenCalled();
  });

  it.each(['failed', 'cancelled'] as const)(
    'should ask, as the user, to go on with an operation that had %s before',
    async status => {
      const kubesmith = new ScriptedKubesmith({ status });
      await follow(kubesmith).result;
      expect(kubesmith.service.retryOperation).toHaveBeenCalledWith(
        { operationId: OPERATION_ID },
        user,
      );
    },
  );

  it('should skip a step that is done, also of a failed operation', async () => {
    const kubesmith = new ScriptedKubesmith({ status: 'failed' });
    kubesmith.step('machines').status = 'succeeded';
    await follow(kubesmith).result;
    expect(kubesmith.service.retryOperation).not.toHaveBeenCalled();
    expect(kubesmith.service.ensureStep).not.toHaveBeenCalled();
  });

  it('should pass a cancellation on', async () => {
    const controller = new AbortController();
    const kubesmith = new ScriptedKubesmith();
    kubesmith.service.ensureStep.mockImplementation(async (_input, options) => {
      controller.abort();
      throw options.signal?.reason;
    });
    const { result, lines } = follow(kubesmith, { signal: controller.signal });
    await expect(result).rejects.toThrow('KUBESMITH-CANCELLED');
    expect(kubesmith.service.cancelOperation).toHaveBeenCalledWith(
      {
        operationId: OPERATION_ID,
        taskId: 'mock-task-id',
        reason: 'The task was cancelled',
      },
      own,
    );
    expect(lines).toContain(
      'info: Asked the engine to stop at the next safe point',
    );
  });

  it('should only watch the operation of somebody else, as the user', async () => {
    const kubesmith = new ScriptedKubesmith({
      taskId: 'another-task',
      script: [
        { events: [{ level: 'info', step: 'machines', message: 'Hello' }] },
      ],
    });
    const { result, lines } = follow(kubesmith);
    await result;
    expect(lines).toEqual(['info: Hello']);
    expect(kubesmith.service.ensureStep).not.toHaveBeenCalled();
    expect(kubesmith.service.listOperationEvents).toHaveBeenLastCalledWith(
      { operationId: OPERATION_ID, after: 1 },
      expect.objectContaining(user),
    );
  });

  it('should end when the engine does not', async () => {
    const kubesmith = new ScriptedKubesmith();
    kubesmith.service.ensureStep.mockImplementation(async () => ({
      step: { ...kubesmith.step('machines'), status: 'running' },
      operation: { ...kubesmith.operation, status: 'running' },
      events: [],
    }));
    const deps = testDeps(kubesmith);
    const { ctx } = actionContext();
    await expect(
      followStep(
        { ...deps, limits: { ...deps.limits!, stepMs: 50 } },
        { ctx, operationId: OPERATION_ID, step: 'machines' },
      ),
    ).rejects.toThrow('KUBESMITH-STEP-TIMEOUT');
  });
});
