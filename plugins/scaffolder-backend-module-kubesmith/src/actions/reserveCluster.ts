import { createTemplateAction } from '@backstage/plugin-scaffolder-node';
import {
  MAX_REASON_LENGTH,
  MAX_WORKERS,
} from '@kubesmith/plugin-kubesmith-common';
import { InputError } from '@backstage/errors';
import { describeProblems, toTaskError } from '../steps/errors';
import { type ActionDeps, defaultLimits } from '../steps/followStep';
import { patiently } from '../steps/patiently';
import { DRY_RUN_ID } from './dryRun';
import { requestId } from './requestId';
import { examples } from './reserveCluster.examples';

/**
 * Creates the action `kubesmith:cluster:reserve`: as the user who runs the template, reserves name, addresses and machines
 * of a new cluster and submits the operation that builds it. This is where an order is accepted or refused; or where it begins to
 * wait for an approval: then the task ends well, and nobody waits with it.
 */
export function createReserveClusterAction({
  kubesmith,
  limits = defaultLimits,
}: ActionDeps) {
  return createTemplateAction({
    id: 'kubesmith:cluster:reserve',
    description:
      'Orders a Kubernetes cluster: checks the order as the user who runs the template, then reserves name, addresses and machine ids. The steps after it build it.',
    examples,
    supportsDryRun: true,
    schema: {
      input: {
        // Only the types are checked here: the backend answers each mistake with a remedy, which a pattern cannot.
        name: z => z.string().describe('Name, unique in the environment'),
        environment: z => z.string().describe('Environment, by its name'),
        owner: z =>
          z
            .string()
            .optional()
            .describe(
              'Entity ref of the user or group that it belongs to; the user who runs the template by default',
            ),
        size: z => z.string().describe('Size of each machine, by its name'),
        workers: z =>
          z
            .number()
            .int()
            .min(0)
            .max(MAX_WORKERS)
            .describe('Number of workers'),
        kubernetesVersion: z =>
          z
            .string()
            .optional()
            .describe('Kubernetes version; the environment’s first by default'),
        reason: z =>
          z
            .string()
            .max(MAX_REASON_LENGTH)
            .optional()
            .describe('What it is for'),
      },
      output: {
        clusterId: z =>
          z.string().optional().describe('Id of the cluster, once reserved'),
        operationId: z =>
          z
            .string()
            .optional()
            .describe(
              'Id of the operation that builds it; the steps after this one have nothing to do without it',
            ),
        entityRef: z =>
          z.string().optional().describe('The cluster in the catalog'),
        orderRequestId: z =>
          z
            .string()
            .optional()
            .describe(
              'Id of the order request, when the order waits for an approval instead',
            ),
      },
    },
    async handler(ctx) {
      const { name, environment, owner, size, workers, reason } = ctx.input;
      const { kubernetesVersion } = ctx.input;
      const order = {
        name,
        environment,
        size,
        workers,
        ...(owner && { owner }),
        ...(kubernetesVersion && { kubernetesVersion }),
        ...(reason && { reason }),
      };
      const credentials = await ctx.getInitiatorCredentials();
      const ask = <T>(call: () => Promise<T>) =>
        patiently(call, {
          logger: ctx.logger,
          patience: limits,
          signal: ctx.signal,
        });
      try {
        if (ctx.isDryRun) {
          const { approval, problems } = await ask(() =>
            kubesmith.checkOrder(order, { credentials }),
          );
          if (problems.length > 0) {
            throw new InputError(describeProblems(problems));
          }
          ctx.logger.info(`'${name}' could be ordered in '${environment}'`);
          if (approval) {
            ctx.logger.info(
              `It would wait for an approval: ${approval.why.join(' ')}`,
            );
          }
          ctx.output('clusterId', DRY_RUN_ID);
          ctx.output('operationId', DRY_RUN_ID);
          ctx.output('entityRef', `resource:kubesmith/${environment}.${name}`);
          return;
        }
        const answer = await ask(() =>
          kubesmith.orderCluster(
            {
              ...order,
              requestId: requestId(
                'order',
                ctx.task.id,
                `${environment}/${name}`,
              ),
              taskId: ctx.task.id,
            },
            { credentials },
          ),
        );
        if ('orderRequest' in answer) {
          const { id, status, why } = answer.orderRequest;
          ctx.logger.info(
            `Nothing is built yet: the order needs an approval and is ${status}. ${why.join(
              ' ',
            )}`,
          );
          ctx.output('orderRequestId', id);
          return;
        }
        const { cluster, operation } = answer;
        ctx.logger.info(
          `Reserved '${cluster.name}' in '${cluster.environment}' for ${cluster.owner}: API ${cluster.vip}`,
        );
        for (const node of cluster.nodes) {
          ctx.logger.info(
            `${node.name}: ${node.ipAddress}, ${node.vcpu} vCPU, ${node.memoryMiB} MiB, on ${node.host}`,
          );
        }
        ctx.output('clusterId', cluster.id);
        ctx.output('operationId', operation.id);
        ctx.output('entityRef', cluster.entityRef);
      } catch (error) {
        throw toTaskError(error);
      }
    },
  });
}
