import { createTemplateAction } from '@backstage/plugin-scaffolder-node';
import { MAX_REASON_LENGTH } from '@kubesmith/plugin-kubesmith-common';
import { toTaskError } from '../steps/errors';
import { findCluster } from '../steps/findCluster';
import { type ActionDeps, defaultLimits } from '../steps/followStep';
import { patiently } from '../steps/patiently';
import { DRY_RUN_ID } from './dryRun';
import { examples } from './deleteCluster.examples';
import { requestId } from './requestId';

/**
 * Creates the action `kubesmith:cluster:delete`: as the user who runs the template, submits the deletion of a cluster, also
 * of one that is being built.
 */
export function createDeleteClusterAction({
  kubesmith,
  limits = defaultLimits,
}: ActionDeps) {
  return createTemplateAction({
    id: 'kubesmith:cluster:delete',
    description:
      'Submits the deletion of a cluster, as the user who runs the template. The steps after it carry it out.',
    examples,
    supportsDryRun: true,
    schema: {
      input: {
        clusterId: z => z.string().uuid().optional().describe('Its id, or …'),
        entityRef: z =>
          z
            .string()
            .optional()
            .describe('… its entity: resource:kubesmith/<environment>.<name>'),
        reason: z =>
          z.string().max(MAX_REASON_LENGTH).optional().describe('Why'),
      },
      output: {
        clusterId: z => z.string().describe('Id of the cluster'),
        operationId: z => z.string().describe('Id of the operation'),
      },
    },
    async handler(ctx) {
      const { reason } = ctx.input;
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
          (await ask(() =>
            findCluster(kubesmith, ctx.input.entityRef, { credentials }),
          ));
        if (ctx.isDryRun) {
          ctx.logger.info(`Would delete the cluster ${clusterId}`);
          ctx.output('clusterId', clusterId);
          ctx.output('operationId', DRY_RUN_ID);
          return;
        }
        const { cluster, operation } = await ask(() =>
          kubesmith.deleteCluster(
            {
              clusterId,
              requestId: requestId('delete', ctx.task.id, clusterId),
              taskId: ctx.task.id,
              ...(reason && { reason }),
            },
            { credentials },
          ),
        );
        ctx.logger.info(
          `Deleting '${cluster.name}' in '${cluster.environment}'`,
        );
        ctx.output('clusterId', cluster.id);
        ctx.output('operationId', operation.id);
      } catch (error) {
        throw toTaskError(error);
      }
    },
  });
}
