import {
  type TemplateExample,
  createTemplateAction,
} from '@backstage/plugin-scaffolder-node';
import { type ActionDeps, followStep } from '../steps/followStep';

/**
 * An action that ensures one step of an operation and has nothing more to say than that it is done.
 *
 * @param options.step - the step's name in the operation
 */
export function createStepAction(
  deps: ActionDeps,
  options: {
    id: string;
    description: string;
    examples: TemplateExample[];
    step: string;
  },
) {
  return createTemplateAction({
    id: options.id,
    description: options.description,
    examples: options.examples,
    supportsDryRun: true,
    schema: {
      input: {
        operationId: z => z.string().uuid().describe('Id of the operation'),
      },
      output: {},
    },
    async handler(ctx) {
      if (ctx.isDryRun) {
        ctx.logger.info(`Would do the step '${options.step}'`);
        return;
      }
      await followStep(deps, {
        ctx,
        operationId: ctx.input.operationId,
        step: options.step,
      });
    },
  });
}
