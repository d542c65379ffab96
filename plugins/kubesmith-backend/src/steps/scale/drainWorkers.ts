import type { NodeRecord } from '../../database/records';
import type { Evidence } from '../../engine/records';
import { untilSafePoint } from '../../engine/stop';
import {
  DRAIN_SECONDS,
  drainNode,
  forgetNode,
  isKnownNode,
} from '../drain/drainNode';
import { withCurrentGate } from '../drain/withCurrentGate';
import { ansibleOf, type Context, terraformOf } from '../services';
import { scaleInput } from './input';

/**
 * Moves Pods away from workers that leave, one worker after the other, each for a limited time; then the cluster forgets the
 * worker. One that the cluster does not know (any more) is done already.
 */
export async function drainWorkers(context: Context): Promise<Evidence> {
  const { services, cluster, journal, progress, signal, event } = context;
  progress({ message: 'Stopping what still works on the cluster' });
  await ansibleOf(context).stop(signal);
  await terraformOf(context).stop(signal);
  for (const { name } of await leavingWorkers(context)) {
    // Between two workers is a safe point to stop.
    signal.throwIfAborted();
    // From here on it is removed by whatever comes next; nothing makes it a part of the cluster again.
    await journal(tx =>
      services.clusters.updateNode(cluster.id, name, { state: 'leaving' }, tx),
    );
    const whole = { ...context, signal: untilSafePoint(signal) };
    if (!(await isKnownNode(whole, name))) continue;
    progress({ message: `Moving Pods away from ${name}`, node: name });
    const stuck = await withCurrentGate(whole, () => drainNode(whole, name));
    if (stuck !== undefined)
      event({
        node: name,
        level: 'warn',
        message: `After ${DRAIN_SECONDS} s some Pods were still on ${name}; they go with it: ${stuck}`,
      });
    await journal(async () => {});
    await forgetNode(whole, name);
    event({ node: name, message: `${name} left the cluster` });
  }
  return { drained: scaleInput(context.operation).removed };
}

/** Those that are to be removed and are not yet. */
export async function leavingWorkers({
  cluster,
  operation,
  services,
}: Context): Promise<NodeRecord[]> {
  const { removed } = scaleInput(operation);
  const nodes = await services.clusters.liveNodes(cluster.id);
  return nodes.filter(({ name }) => removed.includes(name));
}
