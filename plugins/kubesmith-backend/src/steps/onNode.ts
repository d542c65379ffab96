import type { NodeRecord } from '../database/records';
import { StepError } from '../engine/failures';
import { SSH_KEY_SECRET } from '../orders/clusterKeys';
import { plainText } from '../tools/process/lines';
import { SSH_USER } from '../tools/terraform/variables';
import { type Context, secretOf } from './services';

const CALL_MS = 60_000;

/** The node that runs etcd and the API. */
export async function controlPlaneOf({
  services,
  cluster,
}: Context): Promise<NodeRecord> {
  const nodes = await services.clusters.liveNodes(cluster.id);
  return nodes.find(({ role }) => role === 'control-plane')!;
}

/**
 * Runs a program of ours on a node as its administrator. The words go through the account's shell: they are ours, never anybody's
 * input.
 *
 * @returns what it printed
 * @throws StepError with its last words, when it did not end well
 */
export async function runOnNode(
  context: Context,
  node: NodeRecord,
  words: readonly (string | number)[],
  stdin?: string,
): Promise<string> {
  const { services, cluster, signal } = context;
  const command = words.map(String);
  const odd = command.find(word => !/^[-A-Za-z0-9_./]+$/.test(word));
  if (odd !== undefined)
    throw new Error(`'${plainText(odd, 50)}' is not a word for a node`);
  if (!node.sshHostKey)
    throw new StepError('KUBESMITH-HOSTKEY-MISSING', { node: node.name });
  const { code, stderr, stdout } = await services.ssh.exec(
    {
      clusterId: cluster.id,
      nodeName: node.name,
      host: node.ipAddress,
      user: SSH_USER,
      privateKey: await secretOf(context, SSH_KEY_SECRET),
      hostKey: node.sshHostKey,
    },
    ['sudo', '-n', ...command].join(' '),
    { stdin, timeoutMs: CALL_MS, signal },
  );
  if (code !== 0) {
    throw new StepError('KUBESMITH-PLAYBOOK-FAILED', {
      task: command.slice(0, 2).join(' '),
      node: node.name,
      detail: plainText(stderr.trim().split('\n').at(-1) ?? '', 300),
    });
  }
  return stdout;
}
