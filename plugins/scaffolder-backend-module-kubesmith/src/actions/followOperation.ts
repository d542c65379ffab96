import { createTemplateAction } from '@backstage/plugin-scaffolder-node';
import { toTaskError } from '../steps/errors';
import {
  type ActionDeps,
  defaultLimits,
  followStep,
} from '../steps/followStep';
import { patiently } from '../steps/patiently';
import { examples } from './followOperation.examples';

/**
 * Creates the action `kubesmith:operation:follow`: ensures the steps of an operation one after the other, and stays with each
 * until it ends. The log names each step as it begins.
 */
export function createFollowOperationAction(deps: ActionDeps) {
  const { auth, kubesmith, limits = defaultLimits } = deps;
  return createTemplateAction({
    id: 'kubesmith:operation:follow',
    description:
      'Carries out an operation that was begun: all its steps, in their order, with their log.',
    examples,
    supportsDryRun: true,
    schema: {
      input: {
        operationId: z => z.string().uuid().describe('Id of the operation'),
      },
      output: {},
    },
    async handler(ctx) {
      if (ctx.isDryRun) {
        ctx.logger.info('Would do the steps of the operation');
        return;
      }
      const { operationId } = ctx.input;
      const { steps } = await patiently(
        async () =>
          kubesmith.getOperation(
            { operationId },
            { credentials: await auth.getOwnServiceCredentials() },
          ),
        { logger: ctx.logger, patience: limits, signal: ctx.signal },
      ).catch(error => {
        throw toTaskError(error);
      });
      for (const { name, title } of steps) {
        ctx.logger.info(`Step: ${title}`);
        await followStep(deps, { ctx, operationId, step: name });
      }
    },
  });
}
