import { StepError } from '../engine/failures';
import { KUBECTL_KEY_SECRET, SSH_KEY_SECRET } from '../orders/clusterKeys';
import type { Playbook } from '../tools/ansible/AnsibleWorkspace';
import type { AnsibleEvent } from '../tools/ansible/events';
import { clusterInventory } from '../tools/ansible/inventory';
import { plainText } from '../tools/process/lines';
import { knownHosts } from '../tools/ssh/hostKey';
import { publicKeyOf } from '../tools/ssh/keys';
import { SSH_USER } from '../tools/terraform/variables';
import { ansibleOf, type Context, environmentOf, secretOf } from './services';
import { presentNodes, stayingNodes } from './stayingNodes';

const MAX_FORKS = 20;

/** Facts that a node's modules told, by the node's name, in the order in which they came. */
export type NodeReports = Map<string, Record<string, string | number>[]>;

/** What a run of a playbook came to. */
export interface PlaybookOutcome {
  /** How many tasks changed something on a node. */
  changedTasks: number;
  reports: NodeReports;
}

/**
 * Runs a playbook on the nodes of the cluster, or follows the one that an earlier process began.
 *
 * @param extra - what this playbook alone must know; becomes data of the inventory
 * @param only - on these workers besides the control plane; on all that the cluster has, if absent
 * @throws StepError that says which task failed on which node
 */
export async function runPlaybook(
  context: Context,
  playbook: Playbook,
  extra: Record<string, unknown> = {},
  only?: string[],
): Promise<PlaybookOutcome> {
  const { cluster, operation, signal } = context;
  const ansible = ansibleOf(context);
  const changed = new Set<string>();
  const reports: NodeReports = new Map();
  const outcome = () => ({ changedTasks: changed.size, reports });
  const follow = { signal, onEvent: reporter(context, changed, reports) };

  const earlier = await ansible.settle({ ...follow, playbook });
  if (earlier && !earlier.failure) return outcome();
  // Of the run that failed; the next one tells its own.
  reports.clear();

  const nodes = only
    ? (await stayingNodes(context)).filter(
        ({ name, role }) => role === 'control-plane' || only.includes(name),
      )
    : await presentNodes(context);
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
    extra,
  });
  // The last look at the lease before something is changed.
  await context.journal(async () => {});
  await ansible.run(
    {
      playbook,
      inventory,
      privateKey,
      knownHosts: knownHosts(pins),
      user: SSH_USER,
      forks: Math.min(MAX_FORKS, Math.max(5, nodes.length)),
    },
    follow,
  );
  return outcome();
}

/** Progress and lines for people from the playbook's events. Their texts come from the nodes: shown, never interpreted. */
function reporter(
  context: Context,
  changed: Set<string>,
  reports: NodeReports,
) {
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
    if (event.report) {
      const known = reports.get(event.host) ?? [];
      reports.set(event.host, [...known, event.report]);
    }
    if (event.status === 'changed') changed.add(`${event.host} ${event.task}`);
    if (replayed) return;
    const node = plainText(event.host, 63);
    if (event.report) {
      const facts = Object.entries(event.report).map(
        ([name, fact]) => `${name}: ${fact}`,
      );
      context.event({
        node,
        message: `${titleOf(event.task)}: ${facts.join(', ')}`,
      });
    } else if (event.status === 'changed') {
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
