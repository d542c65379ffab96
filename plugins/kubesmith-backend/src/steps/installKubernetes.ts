import { StepError } from '../engine/failures';
import type { Evidence } from '../engine/records';
import { KUBECTL_KEY_SECRET, SSH_KEY_SECRET } from '../orders/clusterKeys';
import type { AnsibleEvent } from '../tools/ansible/events';
import { clusterInventory } from '../tools/ansible/inventory';
import { plainText } from '../tools/process/lines';
import { knownHosts } from '../tools/ssh/hostKey';
import { publicKeyOf } from '../tools/ssh/keys';
import { SSH_USER } from '../tools/terraform/variables';
import { ansibleOf, type Context, environmentOf, secretOf } from './services';

const MAX_FORKS = 20;

/** Runs the playbook, or follows the one that an earlier process began. */
export async function installKubernetes(context: Context): Promise<Evidence> {
  const { services, cluster, operation, signal } = context;
  const ansible = ansibleOf(context);
  const changed = new Set<string>();
  const follow = { signal, onEvent: reporter(context, changed) };

  const earlier = await ansible.settle(follow);
  if (earlier && !earlier.failure) return { changedTasks: changed.size };

  const nodes = await services.clusters.liveNodes(cluster.id);
  const privateKey = await secretOf(context, SSH_KEY_SECRET);
  const pins = nodes.map(({ name, ipAddress, sshHostKey }) => {
    if (!sshHostKey)
      throw new StepError('KUBESMITH-HOSTKEY-MISSING', { node: name });
    return { address: ipAddress, hostKey: sshHostKey };
  });
  const inventory = clusterInventory({
    cluster,
    nodes,
    environment: await environmentOf(context),
    operationId: operation.id,
    kubectlPublicKey: publicKeyOf(await secretOf(context, KUBECTL_KEY_SECRET)),
  });
  // The last look at the lease before something is changed.
  await context.journal(async () => {});
  await ansible.run(
    {
      inventory,
      privateKey,
      knownHosts: knownHosts(pins),
      user: SSH_USER,
      forks: Math.min(MAX_FORKS, Math.max(5, nodes.length)),
    },
    follow,
  );
  return { changedTasks: changed.size };
}

/** Progress and lines for people from the playbook's events. Their texts come from the nodes: shown, never interpreted. */
function reporter(context: Context, changed: Set<string>) {
  return (event: AnsibleEvent, replayed: boolean): void => {
    if (event.type === 'task') {
      context.progress({
        message: titleOf(event.task),
        percent:
          event.total > 0
            ? Math.min(100, Math.round((event.index / event.total) * 100))
            : undefined,
      });
    }
    if (event.type !== 'host') return;
    if (event.status === 'changed') changed.add(`${event.host} ${event.task}`);
    if (replayed) return;
    const node = plainText(event.host, 63);
    if (event.status === 'changed') {
      const seconds = (event.ms / 1000).toFixed(1);
      context.event({
        node,
        message: `${titleOf(event.task)} (${seconds} s)`,
      });
    }
    if (event.status === 'failed' || event.status === 'unreachable') {
      const detail = event.message ? `: ${plainText(event.message, 400)}` : '';
      context.event({
        node,
        level: 'warn',
        message: `${titleOf(event.task)}: ${event.status}${detail}`,
      });
    }
  };
}

/** A task's name without the role's, which Ansible puts before it. */
function titleOf(task: string): string {
  return plainText(task.replace(/^[\w.-]+ : /, ''), 200);
}
