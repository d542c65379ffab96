import { InputError, NotFoundError } from '@backstage/errors';
import { createTemplateAction } from '@backstage/plugin-scaffolder-node';
import {
  CLUSTER_NAMESPACE,
  MAX_REASON_LENGTH,
} from '@kubesmith/plugin-kubesmith-common';
import type {
  KubesmithCallOptions,
  KubesmithService,
} from '@kubesmith/plugin-kubesmith-node';
import { toTaskError } from '../steps/errors';
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

/**
 * The id of the cluster behind an entity, as far as the user may see it. A deleted one counts when there is no live one of
 * the name: the task may be going on after a crash, and the engine did not wait for it.
 */
async function findCluster(
  kubesmith: KubesmithService,
  entityRef: string | undefined,
  options: KubesmithCallOptions,
): Promise<string> {
  const match = entityRef?.match(
    new RegExp(`^resource:${CLUSTER_NAMESPACE}/([^./]+)\\.([^./]+)$`),
  );
  if (!match) {
    throw new InputError(
      `The cluster must be named by clusterId or by an entityRef such as resource:${CLUSTER_NAMESPACE}/course.demo, got '${entityRef}'`,
    );
  }
  const [ref, environment, name] = match;
  const { items } = await kubesmith.listClusters(
    { environment, search: name, includeDeleted: true, limit: 500 },
    options,
  );
  // Newest first; a live one has no time of deletion.
  const found = items.filter(cluster => cluster.entityRef === ref);
  const cluster = found.find(({ deletedAt }) => !deletedAt) ?? found[0];
  if (!cluster) {
    throw new NotFoundError(
      `There is no cluster '${name}' in '${environment}' that you may see. Choose one from the list of your clusters. (KUBESMITH-NOT-FOUND)`,
    );
  }
  return cluster.id;
}
