import { setTimeout as delay } from 'node:timers/promises';
import type { NodeRole } from '@kubesmith/plugin-kubesmith-common';
import type { EnvironmentConfig } from '../../config/types';
import type { MachineSize, NodeRecord } from '../../database/records';
import { StepError } from '../../engine/failures';
import type { Evidence } from '../../engine/records';
import { untilSafePoint } from '../../engine/stop';
import { drainNode, emptyNode, uncordonNode } from '../drain/drainNode';
import { withCurrentGate } from '../drain/withCurrentGate';
import { diskGiB as sizeOfDisk } from '../machines/adopt';
import { checkPrivileges, type NeededPrivileges } from '../machines/privileges';
import { ownMachines } from '../power/ownMachines';
import { shutDownMachines } from '../power/shutDown';
import { startMachines } from '../power/startUp';
import { requireRoom, settleRoom } from '../room';
import { type Context, environmentOf } from '../services';
import { askKubectl } from '../verifyCluster';

const DISK = 'scsi0';
const TASK_LIMIT_MS = 5 * 60_000;
const READY_LIMIT_MS = 6 * 60_000;
const POLL_MS = 1000;

type NodeList = {
  items?: {
    metadata?: { name?: string };
    status?: {
      conditions?: {
        type?: string;
        status?: string;
        lastHeartbeatTime?: string;
      }[];
    };
  }[];
};

/** One worker after the other; the others go on meanwhile. */
export async function resizeWorkers(context: Context): Promise<Evidence> {
  return resizeNodes(context, 'worker');
}

/** The Kubernetes API is away for as long as its machine is off; Pods go on. */
export async function resizeControlPlane(context: Context): Promise<Evidence> {
  return resizeNodes(context, 'control-plane');
}

/** The records say what the machines use from here on. */
export async function settleSizes(context: Context): Promise<Evidence> {
  await settleRoom(context);
  return {};
}

/** Those that are not yet as they are to be, one after the other. */
async function resizeNodes(
  context: Context,
  role: NodeRole,
): Promise<Evidence> {
  const { cluster, event, services, signal } = context;
  await requireRoom(context);
  await checkPrivileges(
    services.proxmox,
    neededToResize(await environmentOf(context)),
    signal,
  );
  const nodes = await services.clusters.liveNodes(cluster.id);
  const todo = nodes.filter(node => node.role === role && node.wanted);
  for (const [index, node] of todo.entries()) {
    // Between two nodes is a safe point to stop.
    if (signal.aborted) {
      const left = todo.slice(index).map(({ name }) => name);
      event({
        level: 'warn',
        message: `Stopped before ${left.join(
          ', ',
        )}: retry it, or change the size again, and it goes on there`,
      });
      signal.throwIfAborted();
    }
    await resizeNode(
      { ...context, signal: untilSafePoint(signal) },
      node,
      node.wanted!,
    );
  }
  return { resized: todo.map(({ name }) => name) };
}

async function resizeNode(
  context: Context,
  node: NodeRecord,
  wanted: MachineSize,
): Promise<void> {
  const { cluster, event, journal, progress, services } = context;
  const { name, role } = node;
  const only = [name];
  if (role === 'worker' && node.state !== 'stopped') {
    progress({ message: `Moving Pods away from ${name}`, node: name });
    await journal(async () => {});
    await emptyNode(context, name, () =>
      withCurrentGate(context, () => drainNode(context, name)),
    );
  }
  await shutDownMachines(context, role, only);
  const diskGiB = await changeMachine(context, role, name, wanted);
  const since = Date.now();
  await startMachines(context, role, only);
  await waitUntilReady(context, name, since);
  if (role === 'worker') await uncordonNode(context, name);
  await journal(async tx => {
    await services.clusters.settleSize(tx, cluster.id, name, diskGiB);
    await services.clusters.updateNode(
      cluster.id,
      name,
      { state: 'ready' },
      tx,
    );
  });
  event({
    node: name,
    message: `${name} has ${wanted.vcpu} vCPU and ${wanted.memoryMiB} MiB of memory now`,
  });
}

/**
 * While it is off, so that nothing is pending afterwards. Its disk only grows.
 *
 * @returns GiB of its disk, more than wanted if an earlier change that failed had made it larger
 */
async function changeMachine(
  context: Context,
  role: NodeRole,
  name: string,
  wanted: MachineSize,
): Promise<number> {
  const { journal, progress, services, signal } = context;
  const { proxmox } = services;
  progress({ message: `Changing the machine of ${name}`, node: name });
  const { machines } = await ownMachines(context, role, [name]);
  if (machines.length === 0)
    throw new StepError('KUBESMITH-MACHINE-GONE', { node: name });
  const [{ host, node }] = machines;
  await journal(async () => {});
  await proxmox.setSize(host, node.vmid, wanted, { signal });
  const config = await proxmox.vmConfig(host, node.vmid, { signal });
  const size = sizeOfDisk(config[DISK]);
  if (size === undefined || size >= wanted.diskGiB)
    return Math.ceil(size ?? wanted.diskGiB);
  const upid = await proxmox.resizeDisk(
    host,
    node.vmid,
    { disk: DISK, sizeGiB: wanted.diskGiB },
    { signal },
  );
  if (upid.startsWith('UPID:'))
    await proxmox.waitForTask(upid, { timeoutMs: TASK_LIMIT_MS, signal });
  return wanted.diskGiB;
}

/** Ready, and heard of since it was started: by the records of Kubernetes it was never away. */
async function waitUntilReady(
  context: Context,
  name: string,
  since: number,
): Promise<void> {
  const { progress, signal } = context;
  const deadline = performance.now() + READY_LIMIT_MS;
  for (;;) {
    const problem = await problemOf(context, name, since);
    if (problem === undefined) return;
    if (performance.now() > deadline)
      throw new StepError('KUBESMITH-KUBERNETES-NOT-READY', {
        detail: problem,
      });
    progress({ message: problem, node: name });
    await delay(POLL_MS, undefined, { signal });
  }
}

async function problemOf(
  context: Context,
  name: string,
  since: number,
): Promise<string | undefined> {
  const nodes = await askKubectl<NodeList>(context, [
    'get',
    'nodes',
    '-o',
    'json',
  ]).catch((error: unknown) => {
    // The SSH server of a control plane comes and goes while its system starts.
    if (
      error instanceof StepError &&
      error.failure.code === 'KUBESMITH-NODE-UNREACHABLE'
    )
      return error.message;
    throw error;
  });
  if (typeof nodes === 'string') return nodes;
  const ready = nodes.items
    ?.find(({ metadata }) => metadata?.name === name)
    ?.status?.conditions?.find(({ type }) => type === 'Ready');
  // Kubernetes writes whole seconds.
  return ready?.status === 'True' &&
    Date.parse(ready.lastHeartbeatTime ?? '') >= since - 1000
    ? undefined
    : `${name} is not ready yet`;
}

function neededToResize({ proxmox }: EnvironmentConfig): NeededPrivileges {
  return {
    [`/pool/${proxmox.pool}`]: [
      'Pool.Audit',
      'VM.Audit',
      'VM.Config.CPU',
      'VM.Config.Disk',
      'VM.Config.Memory',
      'VM.Config.Options',
      'VM.PowerMgmt',
    ],
    [`/storage/${proxmox.datastore}`]: ['Datastore.AllocateSpace'],
  };
}
