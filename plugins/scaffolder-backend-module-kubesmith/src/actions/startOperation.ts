import { createTemplateAction } from '@backstage/plugin-scaffolder-node';
import {
  MAX_REASON_LENGTH,
  type OperationRequest,
} from '@kubesmith/plugin-kubesmith-common';
import { toTaskError } from '../steps/errors';
import { findCluster } from '../steps/findCluster';
import { type ActionDeps, defaultLimits } from '../steps/followStep';
import { patiently } from '../steps/patiently';
import { DRY_RUN_ID } from './dryRun';
import { requestId } from './requestId';
import { examples } from './startOperation.examples';

/**
 * Creates the action `kubesmith:operation:start`: as the user who runs the template, begins an operation on a cluster that there
 * is. In a dry run it shows the plan. `kubesmith:operation:follow` carries it out.
 */
export function createStartOperationAction({
  kubesmith,
  limits = defaultLimits,
}: ActionDeps) {
  return createTemplateAction({
    id: 'kubesmith:operation:start',
    description:
      'Begins an operation on a cluster, as the user who runs the template. The step after it carries it out.',
    examples,
    supportsDryRun: true,
    schema: {
      input: {
        clusterId: z =>
          z.string().uuid().optional().describe('Id of the cluster, or …'),
        entityRef: z =>
          z
            .string()
            .optional()
            .describe('… its entity: resource:kubesmith/<environment>.<name>'),
        request: z =>
          z
            .object({ kind: z.string().describe('Which operation') })
            .passthrough()
            .describe(
              'What is to be done: the body of `planOperation` in the API document',
            ),
        reason: z =>
          z.string().max(MAX_REASON_LENGTH).optional().describe('Why'),
      },
      output: {
        clusterId: z => z.string().describe('Id of the cluster'),
        operationId: z => z.string().describe('Id of the operation'),
        summary: z => z.string().describe('What it does, in one sentence'),
      },
    },
    async handler(ctx) {
      const { entityRef, reason } = ctx.input;
      // The backend validates it by the API document and says which field is wrong.
      const request = ctx.input.request as OperationRequest;
      const credentials = await ctx.getInitiatorCredentials();
      const ask = <T>(call: () => Promise<T>) =>
        patiently(call, {
          logger: ctx.logger,
          patience: limits,
          signal: ctx.signal,
        });
      try {
        const clusterId =
          ctx.input.clusterId ??
          (await ask(() => findCluster(kubesmith, entityRef, { credentials })));
        const plan = await ask(() =>
          kubesmith.planOperation({ clusterId, ...request }, { credentials }),
        );
        ctx.logger.info(plan.summary);
        for (const { node, text } of plan.effects)
          ctx.logger.info(node ? `${node}: ${text}` : text);
        for (const warning of plan.warnings) ctx.logger.warn(warning);
        ctx.output('clusterId', clusterId);
        ctx.output('summary', plan.summary);
        if (ctx.isDryRun) {
          for (const { message, remedy } of plan.problems)
            ctx.logger.warn(`${message} ${remedy}`);
          ctx.output('operationId', DRY_RUN_ID);
          return;
        }
        // A task that goes on after a crash finds its own operation in the way of a new one: it asks again by the same id.
        const { operation } = await ask(() =>
          kubesmith.startOperation(
            {
              clusterId,
              requestId: requestId(request.kind, ctx.task.id, clusterId),
              request,
              taskId: ctx.task.id,
              ...(reason && { reason }),
            },
            { credentials },
          ),
        );
        ctx.output('operationId', operation.id);
      } catch (error) {
        throw toTaskError(error);
      }
    },
  });
}
