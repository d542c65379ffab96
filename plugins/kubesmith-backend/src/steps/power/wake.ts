import { setTimeout as delay } from 'node:timers/promises';
import { StepError } from '../../engine/failures';
import type { Evidence } from '../../engine/records';
import { isQuiet } from '../../power/PlatformPower';
import { askKubectl, verifyCluster } from '../verifyCluster';
import { requireRoom, settleRoom } from '../room';
import type { Context } from '../services';
import { startMachines } from './startUp';

/** A kubelet whose clock is a little behind is heard of after five minutes at the latest. */
const LIMIT_MS = 6 * 60_000;
const POLL_MS = 1000;
/** How a client that was refused for its, or the server's, certificate says so. */
const CERTIFICATE_REFUSED =
  /certificate has expired|not yet valid|must be logged in|Unauthorized/i;
/** A server that has only just begun may refuse at first. */
const REFUSED_FOR_GOOD_MS = 60_000;

type NodeList = {
  items?: {
    metadata?: { name?: string };
    status?: { conditions?: { type?: string; lastHeartbeatTime?: string }[] };
  }[];
};

/** The control plane comes first; the workers are of no use before the API answers. */
export async function startControlPlane(context: Context): Promise<Evidence> {
  await requireRoom(context);
  // The cluster counts as one that runs from here on.
  await settleRoom(context);
  const evidence = await startMachines(context, 'control-plane').catch(
    async error => {
      // Renewing and repairing need all nodes.
      if (
        error instanceof StepError &&
        error.failure.code === 'KUBESMITH-CERTIFICATE-EXPIRED'
      )
        await startMachines(context, 'worker').catch(problem =>
          context.logger.warn(
            'The workers could not be started for a renewal',
            problem,
          ),
        );
      throw error;
    },
  );
  await until(context, async () => {
    const nodes = await askNodes(context);
    return typeof nodes === 'string' ? nodes : undefined;
  });
  return evidence;
}

/** The workers, when the API answers. */
export async function startWorkers(context: Context): Promise<Evidence> {
  return startMachines(context, 'worker');
}

/** Every node has been heard of since it was switched on, and is well; then the owner is told. */
export async function verifyAwake(context: Context): Promise<Evidence> {
  const { cluster, event, operation, services } = context;
  await waitForNodes(context);
  const evidence = await verifyCluster(context);
  event({ message: `The cluster '${cluster.name}' is awake` });
  if (!isQuiet(operation))
    await services.tellOwner(
      cluster,
      {
        title: `The cluster ${cluster.name} is awake`,
        description: `Its machines run again and its nodes are ready${
          operation.input?.reason ? `: ${operation.input.reason}` : ''
        }. Kubeconfigs that have not ended work again.`,
      },
      'power',
    );
  return evidence;
}

/** Waits until every node has been heard of since the operation began. */
export async function waitForNodes(context: Context): Promise<void> {
  await until(context, () => silentNode(context));
}

/** A node that was ready when it was switched off still is, by the records of Kubernetes, until it is missed. */
async function silentNode(context: Context): Promise<string | undefined> {
  const { cluster, operation, services } = context;
  const since = operation.startedAt ?? operation.createdAt;
  const nodes = await askNodes(context);
  if (typeof nodes === 'string') return nodes;
  for (const { name } of await services.clusters.liveNodes(cluster.id)) {
    const heard = nodes.items
      ?.find(({ metadata }) => metadata?.name === name)
      ?.status?.conditions?.find(
        ({ type }) => type === 'Ready',
      )?.lastHeartbeatTime;
    if (!(Date.parse(heard ?? '') >= since)) return `${name} is not up yet`;
  }
  return undefined;
}

async function askNodes(context: Context): Promise<NodeList | string> {
  return askKubectl<NodeList>(context, ['get', 'nodes', '-o', 'json']);
}

/** Asks until nothing is wrong any more. */
async function until(
  { progress, signal }: Context,
  problem: () => Promise<string | undefined>,
): Promise<void> {
  const begun = performance.now();
  let refusedSince: number | undefined;
  for (;;) {
    const said = await problem().catch((error: unknown) => {
      // Its SSH server comes and goes while a system starts.
      if (
        error instanceof StepError &&
        error.failure.code === 'KUBESMITH-NODE-UNREACHABLE'
      )
        return error.message;
      throw error;
    });
    if (said === undefined) return;
    const now = performance.now();
    refusedSince = CERTIFICATE_REFUSED.test(said)
      ? refusedSince ?? now
      : undefined;
    if (refusedSince !== undefined && now - refusedSince > REFUSED_FOR_GOOD_MS)
      throw new StepError('KUBESMITH-CERTIFICATE-REFUSED', { detail: said });
    if (now - begun > LIMIT_MS)
      throw new StepError('KUBESMITH-KUBERNETES-NOT-READY', { detail: said });
    progress({ message: said });
    await delay(POLL_MS, undefined, { signal });
  }
}
