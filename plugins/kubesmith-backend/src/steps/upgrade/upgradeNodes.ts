import { setTimeout as delay } from 'node:timers/promises';
import type { KubernetesNode } from '../../conditions/nodes';
import { parseNodes } from '../../conditions/nodes';
import type { NodeRecord } from '../../database/records';
import { StepError } from '../../engine/failures';
import type { Evidence } from '../../engine/records';
import { untilSafePoint } from '../../engine/stop';
import { plainText } from '../../tools/process/lines';
import { emptyNode, uncordonNode } from '../drain/drainNode';
import { ansibleOf, type Context } from '../services';
import { stayingNodes } from '../stayingNodes';
import { runStage, upgradeInput } from './stage';

const READY_LIMIT_MS = 6 * 60_000;
const POLL_MS = 1000;
const CALL_MS = 30_000;

/** What changes nodes; tests put others in their place. */
export type UpgradeTools = {
  runStage: typeof runStage;
  /** Waits for a run of a process that is gone, which may still be at work on a node. */
  settle: (context: Context) => Promise<void>;
};

async function settle(context: Context): Promise<void> {
  const { signal } = context;
  await ansibleOf(context).settle({ playbook: 'upgrade', signal });
}

/**
 * Raises the programs of the nodes, the control plane's own first, then one worker after the other: Pods move away, the new kubelet
 * starts, and when the cluster hears from it as ready, Pods may come again. A node that has the version already is left alone.
 * Between two nodes is the point at which a cancellation stops it.
 */
export async function upgradeNodes(
  context: Context,
  tools: UpgradeTools = { runStage, settle },
): Promise<Evidence> {
  const { event, operation, signal } = context;
  const { kubernetesVersion, nodes: wanted } = upgradeInput(operation);
  await tools.settle(context);
  const nodes = await stayingNodes(context);
  const order = ['control-plane', 'worker'].flatMap(role =>
    nodes.filter(node => node.role === role && wanted.includes(node.name)),
  );
  const upgraded: string[] = [];
  for (const [index, node] of order.entries()) {
    if (signal.aborted) {
      const left = order.slice(index).map(({ name }) => name);
      event({
        level: 'warn',
        message: `Stopped before ${left.join(
          ', ',
        )}: retry it, or upgrade to ${kubernetesVersion} again, and it goes on there`,
      });
      signal.throwIfAborted();
    }
    const hasOthers = nodes.some(({ name }) => name !== node.name);
    await upgradeNode({ ...context, signal: untilSafePoint(signal) }, node, {
      version: kubernetesVersion,
      hasOthers,
      tools,
    });
    upgraded.push(node.name);
  }
  return { kubernetesVersion, upgraded };
}

async function upgradeNode(
  context: Context,
  { name }: NodeRecord,
  how: { version: string; hasOthers: boolean; tools: UpgradeTools },
): Promise<void> {
  const { event, journal, progress } = context;
  const { hasOthers, tools, version } = how;
  const before = await nodeOf(context, name);
  if (typeof before === 'string' || before.version !== version) {
    // Of the only node Pods cannot go anywhere.
    if (hasOthers) {
      progress({ message: `Moving Pods away from ${name}`, node: name });
      await journal(async () => {});
      await emptyNode(context, name);
    }
    progress({ message: `Upgrading ${name}`, node: name });
    await tools.runStage(context, { stage: 'node', node: name });
  }
  await waitUntilReady(context, name, version);
  await uncordonNode(context, name);
  await journal(async () => {});
  event({ node: name, message: `${name} has Kubernetes ${version}` });
}

async function waitUntilReady(
  context: Context,
  name: string,
  version: string,
): Promise<void> {
  const { progress, signal } = context;
  const deadline = performance.now() + READY_LIMIT_MS;
  for (;;) {
    const problem = problemOf(await nodeOf(context, name), name, version);
    if (problem === undefined) return;
    if (performance.now() > deadline)
      throw new StepError('KUBESMITH-KUBERNETES-NOT-READY', {
        detail: problem,
      });
    progress({ message: problem, node: name });
    await delay(POLL_MS, undefined, { signal });
  }
}

function problemOf(
  seen: KubernetesNode | string,
  name: string,
  version: string,
): string | undefined {
  if (typeof seen === 'string') return seen;
  if (seen.version !== version)
    return `${name} still runs Kubernetes ${seen.version}`;
  return seen.ready === 'True' ? undefined : `${name} is not ready yet`;
}

/** A node as Kubernetes has it, or why that is not known: the API is away for moments while an upgrade goes on. */
async function nodeOf(
  { services, cluster, signal }: Context,
  name: string,
): Promise<KubernetesNode | string> {
  const { code, stderr, stdout } = await services.kubectl.run(
    cluster.id,
    ['get', 'nodes', '-o', 'json'],
    { timeoutMs: CALL_MS, signal },
  );
  if (code !== 0)
    return `kubectl: ${plainText(stderr.trim().split('\n').at(-1) ?? '', 200)}`;
  const found = parseNodes(stdout)?.find(node => node.name === name);
  return found ?? `Kubernetes does not know ${name}`;
}
