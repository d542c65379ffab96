import type { NodeRecord } from '../../database/records';
import type { Evidence } from '../../engine/records';
import { StepError } from '../../engine/failures';
import { publicKeyOf } from '../../tools/ssh/keys';
import type { TerraformWorkspace } from '../../tools/terraform/TerraformWorkspace';
import { clusterVariables } from '../../tools/terraform/variables';
import {
  type Context,
  environmentOf,
  secretOf,
  terraformOf,
} from '../services';
import { adopt } from './adopt';
import { waitForGuests } from './guests';
import { MachineReport } from './MachineReport';
import { checkPrivileges, neededToCreate } from './privileges';
import { type Finding, surveySettled } from './survey';

const STATE_SECRET = 'terraform-state';

/**
 * Makes the cluster's machines, or completes what is there: looks first, takes over what is proven ours, touches nothing of a
 * stranger's, lets Terraform do the rest, then waits for the systems and pins their SSH host keys.
 */
export async function createMachines(context: Context): Promise<Evidence> {
  const { services, cluster, operation, signal, progress } = context;
  const environment = environmentOf(context);
  const privateKey = await secretOf(context, 'ssh-key');
  const terraform = terraformOf(context);
  progress({ message: 'Checking the privileges of the portal' });
  await checkPrivileges(services.proxmox, neededToCreate(environment), signal);

  const planned = await services.clusters.nodes(cluster.id);
  const report = new MachineReport(context, planned);
  try {
    if (await terraform.settle({ signal, onEvent: report.handle }))
      context.logger.info('An earlier run of Terraform ended');
    progress({ message: 'Looking at what is there already' });
    const findings = await look(context, await journaledNodes(context));
    const { state, putAside } = await terraform.state();
    if (putAside)
      context.event({
        level: 'warn',
        message: "Terraform's state was broken and is rebuilt",
      });
    const adopted = await adopt(context, findings, state.machines);
    const variables = clusterVariables({
      cluster,
      nodes: await services.clusters.nodes(cluster.id),
      environment,
      operationId: operation.id,
      sshPublicKey: publicKeyOf(privateKey),
      adopt: adopted,
    });
    // The last look at the lease before something is made.
    await context.journal(async () => {});
    await report.during(
      terraform.apply({ variables, signal, onEvent: report.handle }),
    );
  } finally {
    await keepCopy(context, terraform);
  }

  await confirm(context);
  const nodes = await services.clusters.nodes(cluster.id);
  await waitForGuests(context, nodes, privateKey);
  return {
    machines: nodes.map(({ name, vmid, host, ipAddress }) => ({
      node: name,
      vmid,
      host,
      address: ipAddress,
    })),
  };
}

/** The nodes as recorded, once everything that was reported so far is written. */
async function journaledNodes({
  journal,
  services,
  cluster,
}: Context): Promise<NodeRecord[]> {
  return journal(tx => services.clusters.nodes(cluster.id, tx));
}

/** What is there. Fails when a machine of somebody else has one of our ids; follows ours that moved to another host. */
async function look(context: Context, nodes: NodeRecord[]): Promise<Finding[]> {
  const { services, cluster, signal, journal } = context;
  const findings = await surveySettled({
    proxmox: services.proxmox,
    nodes,
    environmentPool: environmentOf(context).proxmox.pool,
    signal,
    onWait: message => context.progress({ message }),
  });
  for (const finding of findings) {
    const { node } = finding;
    if (finding.state === 'foreign') {
      throw new StepError('KUBESMITH-VMID-FOREIGN', {
        vmid: node.vmid,
        node: node.name,
        detail: finding.reason,
      });
    }
    // Terraform would replace a machine that is not where its variables say.
    if (finding.state === 'ours' && finding.vm.node !== node.host) {
      await journal(tx =>
        services.clusters.updateNode(
          cluster.id,
          node.name,
          { host: finding.vm.node },
          tx,
        ),
      );
    }
  }
  return findings;
}

/** Believes Proxmox, not Terraform, that all machines are there and ours, and journals it. */
async function confirm(context: Context): Promise<void> {
  const { services, cluster, journal } = context;
  const recorded = (await services.clusters.nodes(cluster.id)).map(node =>
    // Whatever was configured just now must bear our UUID.
    node.state === 'planned' ? { ...node, state: 'created' as const } : node,
  );
  const findings = await look(context, recorded);
  const absent = findings.find(({ state }) => state === 'absent');
  if (absent) {
    throw new StepError('KUBESMITH-PVE-OUTCOME-UNKNOWN', {
      detail: `${absent.node.name} is not there after all`,
    });
  }
  await journal(async tx => {
    for (const { node } of findings) {
      if (node.state === 'created')
        await services.clusters.updateNode(
          cluster.id,
          node.name,
          { state: 'created' },
          tx,
        );
    }
    await services.pools.bind(cluster.id, tx);
  });
}

/** Keeps the state, encrypted, for people who must repair by hand. What is lost is rebuilt from what is there. */
async function keepCopy(
  { services, cluster, journal, logger }: Context,
  terraform: TerraformWorkspace,
): Promise<void> {
  const copy = await terraform.stateFile();
  if (!copy) return;
  // An error here must not hide the one on its way.
  await journal(tx =>
    services.secrets.put(cluster.id, STATE_SECRET, copy, tx),
  ).catch(error =>
    logger.warn("Could not keep a copy of Terraform's state", error),
  );
}
