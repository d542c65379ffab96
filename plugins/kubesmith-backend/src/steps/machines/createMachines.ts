import type { Knex } from 'knex';
import type { NodeRecord } from '../../database/records';
import type { Evidence } from '../../engine/records';
import { StepError } from '../../engine/failures';
import { SSH_KEY_SECRET } from '../../orders/clusterKeys';
import { publicKeyOf } from '../../tools/ssh/keys';
import type { StateMachine, TerraformState } from '../../tools/terraform/state';
import type { TerraformWorkspace } from '../../tools/terraform/TerraformWorkspace';
import { clusterVariables } from '../../tools/terraform/variables';
import {
  type Context,
  environmentOf,
  secretOf,
  terraformOf,
} from '../services';
import { writeClusterCard } from '../clusterCard';
import { requireRoom, settleRoom } from '../room';
import { stayingNodes } from '../stayingNodes';
import { tellPutAside } from '../tellPutAside';
import { adopt } from './adopt';
import { waitForGuests } from './guests';
import { hadMachine } from './hadMachine';
import { MachineReport } from './MachineReport';
import { checkHosts, checkTemplate } from './prerequisites';
import { checkPrivileges, neededToCreate } from './privileges';
import { refusal } from './refusal';
import { type Finding, type Foreign, surveySettled } from './survey';
import { takeOtherAddresses } from './takenAddresses';
import { takeOtherIds } from './takenIds';

/** The nodes that shall have machines. */
type Wanted = (tx?: Knex) => Promise<NodeRecord[]>;

/**
 * Makes the cluster's machines, or completes what is there: looks first, takes over what is proven ours, touches nothing of a
 * stranger's, lets Terraform do the rest, then waits for the systems and pins their SSH host keys.
 */
export async function createMachines(
  context: Context,
  options: {
    /** The systems to wait for; all, if absent. */
    only?: string[];
    /** Nodes that are to be removed afterwards: whatever became of their machines, nothing is done about them. */
    without?: string[];
  } = {},
): Promise<Evidence> {
  const { services, cluster, operation, signal, progress } = context;
  const wanted: Wanted = async tx =>
    (await stayingNodes(context, tx)).filter(
      ({ name }) => !options.without?.includes(name),
    );
  const parallelism = await requireRoom(context);
  const environment = await environmentOf(context);
  const privateKey = await secretOf(context, SSH_KEY_SECRET);
  const terraform = terraformOf(context);
  progress({ message: 'Checking the privileges of the portal' });
  await checkPrivileges(services.proxmox, neededToCreate(environment), signal);

  const report = new MachineReport(context, await wanted());
  await writeClusterCard(context);
  if (await terraform.settle({ signal, onEvent: report.handle }))
    context.logger.info('An earlier run of Terraform ended');
  progress({ message: 'Looking at what is there already' });
  const nodes = await journaledNodes(context, wanted);
  const state = await believableState(
    context,
    terraform,
    await services.clusters.liveNodes(cluster.id),
  );
  const findings = await look(context, wanted, state.machines);
  await checkHosts(services.proxmox, findings, signal);
  await checkTemplate(services.proxmox, environment, findings, signal);
  progress({ message: 'Checking that nobody else uses the addresses' });
  if (await takeOtherAddresses(context, findings))
    await writeClusterCard(context);
  const adopted = await adopt(context, findings, state.machines);
  const variables = clusterVariables({
    cluster,
    nodes: await wanted(),
    environment,
    operationId: operation.id,
    sshPublicKey: publicKeyOf(privateKey),
    adopt: adopted,
  });
  // The last look at the lease before something is made.
  await context.journal(async () => {});
  for (const { node, tainted } of state.machines) {
    // A tainted one Terraform would make again; taken over, it is completed instead. One that leaves is removed without it.
    const leaves = !nodes.some(({ name }) => name === node);
    if (leaves || (tainted && adopted[node]))
      await terraform.forget(node, { variables, signal });
  }
  await report.during(
    terraform.apply({
      variables,
      parallelism,
      signal,
      onEvent: report.handle,
    }),
  );

  await confirm(context, wanted);
  await settleRoom(context);
  const made = (await wanted()).filter(
    ({ name }) => options.only?.includes(name) ?? true,
  );
  await waitForGuests(context, made, privateKey);
  return {
    machines: made.map(({ name, vmid, host, ipAddress }) => ({
      node: name,
      vmid,
      host,
      address: ipAddress,
    })),
  };
}

/** The nodes as recorded, once everything that was reported so far is written. */
async function journaledNodes(
  context: Context,
  wanted: Wanted,
): Promise<NodeRecord[]> {
  return context.journal(tx => wanted(tx));
}

/** What the state knows, once it is known to be about our machines. */
async function believableState(
  context: Context,
  terraform: TerraformWorkspace,
  nodes: NodeRecord[],
): Promise<TerraformState> {
  const { state, putAside } = await terraform.state({ nodes });
  tellPutAside(context, putAside);
  return state;
}

/**
 * What is there, before something is made. A node without a machine whose id others took gets another id. Fails when a machine
 * that was there is not as it was.
 *
 * @param known - the machines that Terraform's state knows
 */
async function look(
  context: Context,
  wanted: Wanted,
  known: StateMachine[],
): Promise<Finding[]> {
  for (;;) {
    const findings = await followed(
      context,
      await journaledNodes(context, wanted),
    );
    const foreign = findings.filter(
      ({ state }) => state === 'foreign',
    ) as Foreign[];
    if (foreign.length === 0) return findings;
    const refused = foreign.find(
      ({ node, kind }) => kind === 'changed' || hadMachine(node, known),
    );
    if (refused) throw refusal(refused);
    await takeOtherIds(context, foreign);
    await writeClusterCard(context);
  }
}

/** What is there, with ours followed to the hosts that they moved to. */
async function followed(
  context: Context,
  nodes: NodeRecord[],
): Promise<Finding[]> {
  const { services, cluster, signal, journal } = context;
  const findings = await surveySettled({
    proxmox: services.proxmox,
    nodes,
    environmentPool: (await environmentOf(context)).proxmox.pool,
    signal,
    onWait: message => context.progress({ message }),
  });
  return Promise.all(
    findings.map(async finding => {
      // Terraform would replace a machine that is not where its variables say.
      if (finding.state !== 'ours' || finding.vm.node === finding.node.host)
        return finding;
      const host = finding.vm.node;
      await journal(tx =>
        services.clusters.updateNode(
          cluster.id,
          finding.node.name,
          { host },
          tx,
        ),
      );
      return { ...finding, node: { ...finding.node, host } };
    }),
  );
}

/** Believes Proxmox, not Terraform, that all machines are there and ours, and journals it. */
async function confirm(context: Context, wanted: Wanted): Promise<void> {
  const { services, cluster, journal } = context;
  const recorded = (await wanted()).map(node =>
    // Whatever was configured just now must bear our UUID.
    node.state === 'planned' ? { ...node, state: 'created' as const } : node,
  );
  const findings = await followed(context, recorded);
  const foreign = findings.find(({ state }) => state === 'foreign');
  if (foreign) throw refusal(foreign as Foreign);
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
