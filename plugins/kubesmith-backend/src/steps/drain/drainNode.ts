import { plainText } from '../../tools/process/lines';
import { StepError } from '../../engine/failures';
import type { Context } from '../services';

/** How long Pods have to move away: one that may not be evicted must not keep a node for ever. */
export const DRAIN_SECONDS = 300;
const CALL_MS = 30_000;

/**
 * Lets no new Pods on a node and moves those that run there away, but for those of DaemonSets, for a limited time.
 *
 * @returns why some Pods did not move in that time; undefined when all did
 * @throws StepError KUBESMITH-KUBERNETES-NOT-READY when the cluster does not answer
 */
export async function drainNode(
  context: Context,
  name: string,
): Promise<string | undefined> {
  const { code, stderr } = await kubectl(
    context,
    [
      'drain',
      name,
      '--ignore-daemonsets',
      '--delete-emptydir-data',
      '--force',
      '--timeout',
      `${DRAIN_SECONDS}s`,
    ],
    { timeoutMs: DRAIN_SECONDS * 1000 + CALL_MS },
  );
  if (code === 0) return undefined;
  // kubectl says so when the time was over; other errors are no reason to take the node's Pods away.
  if (!/timed? ?out|timeout reached/i.test(stderr)) throw notReady(stderr);
  return lastLine(stderr);
}

/**
 * Drains a node, or leaves it as it was: a Pod that may not be evicted keeps its node, because nobody agreed to its end.
 *
 * @param drain - another way to call {@link drainNode}
 * @throws StepError KUBESMITH-DRAIN-STUCK
 */
export async function emptyNode(
  context: Context,
  name: string,
  drain = () => drainNode(context, name),
): Promise<void> {
  const stuck = await drain();
  if (stuck === undefined) return;
  await uncordonNode(context, name);
  throw new StepError('KUBESMITH-DRAIN-STUCK', {
    node: name,
    seconds: DRAIN_SECONDS,
    detail: stuck,
  });
}

/** Lets Pods on a node again. */
export async function uncordonNode(
  context: Context,
  name: string,
): Promise<void> {
  const { code, stderr } = await kubectl(context, ['uncordon', name]);
  if (code !== 0) throw notReady(stderr);
}

/** Whether the cluster knows a node of that name. */
export async function isKnownNode(
  context: Context,
  name: string,
): Promise<boolean> {
  const { code, stderr } = await kubectl(context, [
    'get',
    'nodes',
    name,
    '-o',
    'name',
  ]);
  if (code === 0) return true;
  if (/NotFound/.test(stderr)) return false;
  throw notReady(stderr);
}

/** Makes the cluster forget a node, whether it knows it or not. */
export async function forgetNode(
  context: Context,
  name: string,
): Promise<void> {
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name } };
  const { code, stderr } = await kubectl(
    context,
    ['delete', '--ignore-not-found', '--wait=false', '-f', '-'],
    { stdin: JSON.stringify(node) },
  );
  if (code !== 0) throw notReady(stderr);
}

async function kubectl(
  { services, cluster, signal }: Context,
  argv: string[],
  options: { stdin?: string; timeoutMs?: number } = {},
) {
  return services.kubectl.run(cluster.id, argv, {
    timeoutMs: CALL_MS,
    ...options,
    signal,
  });
}

function notReady(stderr: string): StepError {
  return new StepError('KUBESMITH-KUBERNETES-NOT-READY', {
    detail: `kubectl: ${lastLine(stderr)}`,
  });
}

function lastLine(stderr: string): string {
  return plainText(stderr.trim().split('\n').at(-1) ?? '', 200);
}
