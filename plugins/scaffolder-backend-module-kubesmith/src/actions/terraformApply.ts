import { createTemplateAction } from '@backstage/plugin-scaffolder-node';
import { type ActionDeps, followStep } from '../steps/followStep';
import { examples } from './terraformApply.examples';

/** Creates the action `kubesmith:terraform:apply`: creates the machines. */
export function createTerraformApplyAction(deps: ActionDeps) {
  return createTemplateAction({
    id: 'kubesmith:terraform:apply',
    description:
      'Creates the machines of an ordered cluster with Terraform and waits until they run.',
    examples,
    supportsDryRun: true,
    schema: {
      input: {
        operationId: z => z.string().uuid().describe('Id of the operation'),
      },
      output: {
        machines: z =>
          z
            .array(
              z.object({
                name: z.string(),
                vmid: z.number().int(),
                host: z.string(),
                ipAddress: z.string(),
              }),
            )
            .describe('The machines, as they are on the Proxmox VE hosts'),
      },
    },
    async handler(ctx) {
      if (ctx.isDryRun) {
        ctx.logger.info('Would create the machines');
        ctx.output('machines', []);
        return;
      }
      const { operation } = await followStep(deps, {
        ctx,
        operationId: ctx.input.operationId,
        step: 'machines',
      });
      const { nodes } = await deps.kubesmith.getCluster(
        { clusterId: operation.clusterId },
        { credentials: await deps.auth.getOwnServiceCredentials() },
      );
      ctx.output(
        'machines',
        nodes.map(({ name, vmid, host, ipAddress }) => ({
          name,
          vmid,
          host,
          ipAddress,
        })),
      );
    },
  });
}
