import { setTimeout as delay } from 'node:timers/promises';
import { StepError } from '../../engine/failures';
import { differences } from '../../snapshots/differences';
import type { SnapshotRecord } from '../../snapshots/records';
import { checkPrivileges, neededToSnapshot } from '../machines/privileges';
import { type OwnMachine, ownMachines } from '../power/ownMachines';
import { type Context, environmentOf } from '../services';

const POLL_MS = 1000;
const TASK_LIMIT_MS = 10 * 60_000;

/** The snapshot that an operation is about. */
export async function snapshotOf({
  cluster,
  operation,
  services,
}: Context): Promise<SnapshotRecord> {
  const id = String(operation.input?.snapshotId ?? operation.id);
  const found = await services.snapshots.get(cluster.id, id);
  if (!found) throw new StepError('KUBESMITH-SNAPSHOT-GONE', { detail: id });
  return found;
}

/**
 * All machines of a cluster, each proven ours, with nothing going on on any of them; as many as the snapshot has.
 *
 * @throws StepError when one is missing, not ours, or not as it was: then none is touched
 */
export async function snapshotMachines(
  context: Context,
  snapshot: SnapshotRecord,
): Promise<OwnMachine[]> {
  const { services, cluster, progress, signal } = context;
  progress({ message: 'Looking at the machines' });
  await checkPrivileges(
    services.proxmox,
    neededToSnapshot(await environmentOf(context)),
    signal,
  );
  const [first, rest] = [
    await ownMachines(context, 'control-plane'),
    await ownMachines(context, 'worker'),
  ];
  const missing = [...first.missing, ...rest.missing];
  if (missing.length > 0)
    throw new StepError('KUBESMITH-MACHINE-GONE', { node: missing[0].name });
  const detail = differences(
    snapshot.nodes,
    await services.clusters.liveNodes(cluster.id),
  );
  if (detail) throw new StepError('KUBESMITH-SNAPSHOT-DIFFERS', { detail });
  return [...first.machines, ...rest.machines];
}

/**
 * Waits until nothing goes on on a machine, such as what a process began that died in between.
 *
 * @returns the names of its snapshots
 * @throws StepError KUBESMITH-MACHINE-LOCKED while Proxmox works on it otherwise
 */
export async function settledSnapshots(
  { services, signal }: Context,
  { host, node }: OwnMachine,
): Promise<Set<string>> {
  const { proxmox } = services;
  const deadline = performance.now() + TASK_LIMIT_MS;
  for (;;) {
    const goesOn = (await proxmox.tasks({ signal })).some(
      task => task.running && task.id === String(node.vmid),
    );
    if (!goesOn) {
      const { lock } = await proxmox.vmStatus(host, node.vmid, { signal });
      if (lock)
        throw new StepError('KUBESMITH-MACHINE-LOCKED', {
          node: node.name,
          lock,
        });
      return proxmox.snapshots(host, node.vmid, { signal });
    }
    if (performance.now() > deadline)
      throw new StepError('KUBESMITH-MACHINE-LOCKED', {
        node: node.name,
        lock: 'task',
      });
    await delay(POLL_MS, undefined, { signal });
  }
}

/** Begins a task of Proxmox right after the last look at the lease, and waits for its end. */
export async function performTask(
  { services, journal, signal }: Context,
  begin: () => Promise<string>,
): Promise<void> {
  await journal(async () => {});
  await services.proxmox.waitForTask(await begin(), {
    timeoutMs: TASK_LIMIT_MS,
    signal,
  });
}
