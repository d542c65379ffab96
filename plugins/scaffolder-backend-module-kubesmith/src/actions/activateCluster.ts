import { createTemplateAction } from '@backstage/plugin-scaffolder-node';
import { type ActionDeps, followStep } from '../steps/followStep';
import { DRY_RUN_ID } from './dryRun';
import { examples } from './activateCluster.examples';

/** Creates the action `kubesmith:cluster:activate`: hands the cluster over to its owner. */
export function createActivateClusterAction(deps: ActionDeps) {
  return createTemplateAction({
    id: 'kubesmith:cluster:activate',
    description:
      'Hands a cluster that was built and checked over to its owner, and closes the operation.',
    examples,
    supportsDryRun: true,
    schema: {
      input: {
        operationId: z => z.string().uuid().describe('Id of the operation'),
      },
      output: {
        apiServerUrl: z =>
          z.string().describe('Address of the cluster’s Kubernetes API'),
        entityRef: z => z.string().describe('The cluster in the catalog'),
      },
    },
    async handler(ctx) {
      if (ctx.isDryRun) {
        ctx.logger.info('Would hand the cluster over');
        ctx.output('apiServerUrl', 'https://192.0.2.1:6443');
        ctx.output('entityRef', `resource:kubesmith/${DRY_RUN_ID}`);
        return;
      }
      const { operation } = await followStep(deps, {
        ctx,
        operationId: ctx.input.operationId,
        step: 'activate',
      });
      const cluster = await deps.kubesmith.getCluster(
        { clusterId: operation.clusterId },
        { credentials: await deps.auth.getOwnServiceCredentials() },
      );
      ctx.output('apiServerUrl', cluster.apiServerUrl);
      ctx.output('entityRef', cluster.entityRef);
    },
  });
}
