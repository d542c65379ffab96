import type { EnvironmentConfig } from '../../config/types';
import type { NodeRecord } from '../../database/records';
import { StepError, toStepError } from '../../engine/failures';
import type { Evidence } from '../../engine/records';
import { stopReasonOf } from '../../engine/stop';
import { SSH_KEY_SECRET } from '../../orders/clusterKeys';
import { publicKeyOf } from '../../tools/ssh/keys';
import { clusterVariables } from '../../tools/terraform/variables';
import { checkPrivileges, neededToRemove } from '../machines/privileges';
import { refusal } from '../machines/refusal';
import { type Finding, type Foreign, surveySettled } from '../machines/survey';
import {
  ansibleOf,
  type Context,
  environmentOf,
  secretOf,
  terraformOf,
} from '../services';
import { tellPutAside } from '../tellPutAside';
import { asFarAsKnown } from './asFarAsKnown';
import { isDoubtful } from './doubt';
import { removeDirectly } from './removeDirectly';

type Ours = Extract<Finding, { state: 'ours' }>;

/**
 * Removes every machine that is proven to be the cluster's, whatever state it is in, and nothing else: with Terraform, and
 * what Terraform leaves by our own calls. Ends only when Proxmox no longer knows any of them.
 */
export async function destroyMachines(context: Context): Promise<Evidence> {
  const { services, cluster, progress } = context;
  progress({ message: 'Stopping what still works on the cluster' });
  await ansibleOf(context).stop(context.signal);
  await terraformOf(context).stop(context.signal);
  services.ssh.closeCluster(cluster.id);

  const environment = await environmentOf(context);
  await checkPrivileges(
    services.proxmox,
    neededToRemove(environment),
    context.signal,
  );
  const nodes = await services.clusters.liveNodes(cluster.id);
  const before = await look(context, nodes, environment);
  const doubtful = before.filter(
    (found): found is Foreign => found.state === 'foreign' && isDoubtful(found),
  );
  for (const finding of before) {
    if (finding.state === 'foreign' && !isDoubtful(finding)) {
      context.event({
        level: 'warn',
        node: finding.node.name,
        message: `Machine ${finding.node.vmid} is not ours and was left alone: ${finding.reason}`,
      });
    }
  }
  const ours = before.filter((found): found is Ours => found.state === 'ours');
  if (ours.length > 0)
    await destroyWithTerraform(context, environment, before, ours);

  // A stranger's machine stays what it is; only what may still be ours is looked at again.
  const candidates = before
    .filter(({ state }) => state !== 'foreign')
    .map(({ node }) => node);
  const left = (await look(context, candidates, environment)).filter(
    (found): found is Ours => found.state === 'ours',
  );
  for (const { node } of left) {
    progress({ message: `Removing ${node.name}`, node: node.name });
    await removeDirectly(context, node, environment);
  }

  const remaining = (await look(context, candidates, environment)).filter(
    ({ state }) => state === 'ours',
  );
  if (remaining.length > 0) {
    throw new StepError('KUBESMITH-MACHINES-REMAIN', {
      detail: remaining.map(({ node }) => node.name).join(', '),
    });
  }
  await journalGone(context, [...candidates, ...strangersOf(before)]);
  // What is proven ours is gone; what may be ours still holds its address.
  if (doubtful.length > 0) throw refusal(doubtful[0]);
  context.event({
    message:
      ours.length === 0
        ? 'There was no machine to remove'
        : `${ours.length} machines were removed`,
  });
  return {
    removed: ours.map(({ node }) => ({ node: node.name, vmid: node.vmid })),
  };
}

/** Nodes whose ids belong to machines that never were ours. */
function strangersOf(findings: Finding[]): NodeRecord[] {
  return findings
    .filter(found => found.state === 'foreign' && !isDoubtful(found))
    .map(({ node }) => node);
}

/** From here on whatever stands behind these ids is not ours, also before the last step has freed them. */
async function journalGone(
  { services, cluster, journal }: Context,
  nodes: NodeRecord[],
): Promise<void> {
  await journal(async tx => {
    for (const { name } of nodes)
      await services.clusters.updateNode(
        cluster.id,
        name,
        { state: 'deleted' },
        tx,
      );
  });
}

async function look(
  context: Context,
  nodes: NodeRecord[],
  environment: EnvironmentConfig,
): Promise<Finding[]> {
  const findings = await surveySettled({
    proxmox: context.services.proxmox,
    nodes: nodes.map(asFarAsKnown),
    environmentPool: environment.proxmox.pool,
    signal: context.signal,
    onWait: message => context.progress({ message }),
  });
  return findings.map((finding, index) => ({
    ...finding,
    node: nodes[index],
  }));
}

/** Its failure is not the end: what it leaves is removed by our own calls. */
async function destroyWithTerraform(
  context: Context,
  environment: EnvironmentConfig,
  findings: Finding[],
  ours: Ours[],
): Promise<void> {
  const { services, cluster, operation, signal, progress, event } = context;
  const terraform = terraformOf(context);
  let removed = 0;
  try {
    const variables = clusterVariables({
      cluster,
      nodes: await services.clusters.liveNodes(cluster.id),
      environment,
      operationId: operation.id,
      sshPublicKey: publicKeyOf(await secretOf(context, SSH_KEY_SECRET)),
      adopt: {},
    });
    const { state, putAside } = await terraform.state({
      nodes: await services.clusters.liveNodes(cluster.id),
    });
    tellPutAside(context, putAside);
    for (const { node } of state.machines) {
      const finding = findings.find(found => found.node.name === node);
      // Whatever is not proven ours must be out of Terraform's sight before it is told to destroy.
      if (!finding || finding.state === 'foreign')
        await terraform.forget(node, { variables, signal });
    }
    for (const { node, vm } of ours) {
      if (state.machines.some(machine => machine.node === node.name)) continue;
      progress({
        message: `Taking ${node.name} over to remove it`,
        node: node.name,
      });
      await terraform.import(node.name, `${vm.node}/${vm.vmid}`, {
        variables,
        signal,
      });
    }
    // The last look at the lease before something is removed.
    await context.journal(async () => {});
    await terraform.destroy({
      variables,
      signal,
      onEvent: (told, replayed) => {
        if (told.type === 'start')
          progress({ message: `Removing ${told.node}`, node: told.node });
        if (told.type !== 'complete') return;
        removed += 1;
        progress({
          message: `${removed} of ${ours.length} machines are removed`,
          percent: Math.round((removed / ours.length) * 100),
        });
        if (!replayed)
          event({
            node: told.node,
            message: `${told.node} was removed in ${told.seconds} s`,
          });
      },
    });
  } catch (error) {
    if (stopReasonOf(signal)) throw error;
    const { failure } = toStepError(error);
    event({
      level: 'warn',
      code: failure.code,
      message: `${failure.message} The machines are removed without Terraform.`,
    });
  }
}
