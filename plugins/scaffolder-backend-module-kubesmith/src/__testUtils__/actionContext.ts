import { mockCredentials, mockServices } from '@backstage/backend-test-utils';
import type { JsonObject } from '@backstage/types';
import { createMockActionContext } from '@backstage/plugin-scaffolder-node-test-utils';
import type { ActionDeps } from '../steps/followStep';
import type { ScriptedKubesmith } from './ScriptedKubesmith';

/** Dependencies of the actions, with limits that let a test end soon. */
export function testDeps(kubesmith: ScriptedKubesmith): ActionDeps {
  return {
    auth: mockServices.auth({ pluginId: 'scaffolder' }),
    kubesmith: kubesmith.service,
    limits: {
      awayMs: 200,
      pauseMs: 5,
      maxPauseMs: 20,
      stepMs: 5_000,
      betweenMs: 1,
    },
  };
}

/** A context of an action that keeps the lines of its log and its outputs. */
export function actionContext(
  input: JsonObject = {},
  more: { isDryRun?: boolean; signal?: AbortSignal } = {},
) {
  const lines: string[] = [];
  const outputs: Record<string, unknown> = {};
  const write = (level: string) => (message: string) =>
    void lines.push(`${level}: ${message}`);
  const ctx = {
    ...createMockActionContext({ input }),
    ...more,
    getInitiatorCredentials: async () => mockCredentials.user(),
    output: (name: string, value: unknown) => {
      outputs[name] = value;
    },
    logger: {
      ...mockServices.logger.mock(),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
    },
  } as any;
  return { ctx, lines, outputs };
}
