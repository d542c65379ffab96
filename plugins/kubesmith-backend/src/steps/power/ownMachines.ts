import { setTimeout as delay } from 'node:timers/promises';
import type { NodeRole } from '@kubesmith/plugin-kubesmith-common';
import type { NodeRecord } from '../../database/records';
import { StepError } from '../../engine/failures';
import { hadMachine } from '../machines/hadMachine';
import { checkPrivileges } from '../machines/privileges';
import { refusal } from '../machines/refusal';
import { type Foreign, surveySettled } from '../machines/survey';
import {
  ansibleOf,
  type Context,
  environmentOf,
  terraformOf,
} from '../services';
import { neededToSwitch } from './privileges';

const POLL_MS = 1000;
const TASK_LIMIT_MS = 10 * 60_000;

/** A machine that is proven to be a node's, where it is now. */
export interface OwnMachine {
  node: NodeRecord;
  /** The Proxmox host. */
  host: string;
}

/**
 * The machines of a cluster's nodes of one role, once no tool works on the cluster any more.
 *
 * @param only - of these nodes; of all, if absent
 * @returns those that are proven ours, and the nodes whose machines are gone
 * @throws StepError when one is not as it was recorded: then none is touched
 */
export async function ownMachines(
  context: Context,
  role: NodeRole,
  only?: readonly string[],
): Promise<{ machines: OwnMachine[]; missing: NodeRecord[] }> {
  const { services, cluster, signal, journal, progress } = context;
  await ansibleOf(context).stop(signal);
  await terraformOf(context).stop(signal);
  const environment = await environmentOf(context);
  await checkPrivileges(services.proxmox, neededToSwitch(environment), signal);
  const nodes = (await services.clusters.liveNodes(cluster.id)).filter(
    node =>
      node.role === role &&
      hadMachine(node) &&
      (only?.includes(node.name) ?? true),
  );
  const findings = await surveySettled({
    proxmox: services.proxmox,
    nodes,
    environmentPool: environment.proxmox.pool,
    signal,
    onWait: message => progress({ message }),
  });
  const foreign = findings.find(
    (found): found is Foreign => found.state === 'foreign',
  );
  if (foreign) throw refusal(foreign);

  const machines: OwnMachine[] = [];
  for (const found of findings) {
    if (found.state !== 'ours') continue;
    const { node, vm } = found;
    // Somebody moved it: those who come after us ask it there.
    if (vm.node !== node.host)
      await journal(tx =>
        services.clusters.updateNode(
          cluster.id,
          node.name,
          { host: vm.node },
          tx,
        ),
      );
    machines.push({ node: { ...node, host: vm.node }, host: vm.node });
  }
  return {
    machines,
    missing: findings
      .filter(({ state }) => state === 'absent')
      .map(({ node }) => node),
  };
}

/**
 * Waits until nothing that was begun on a machine goes on any more, such as by a process that died in between.
 *
 * @returns whether the machine runs
 * @throws StepError KUBESMITH-MACHINE-LOCKED while Proxmox works on it
 */
export async function settledPower(
  context: Context,
  { host, node }: OwnMachine,
): Promise<'running' | 'stopped'> {
  const { services, signal } = context;
  const deadline = performance.now() + TASK_LIMIT_MS;
  for (;;) {
    const goesOn = (await services.proxmox.tasks({ signal })).some(
      task =>
        task.running &&
        task.id === String(node.vmid) &&
        /^qm(start|stop|shutdown|reboot|reset)$/.test(task.type),
    );
    const { lock, status } = await services.proxmox.vmStatus(host, node.vmid, {
      signal,
    });
    if (!goesOn && !lock) return status === 'stopped' ? 'stopped' : 'running';
    if (!goesOn || performance.now() > deadline)
      throw new StepError('KUBESMITH-MACHINE-LOCKED', {
        node: node.name,
        lock: lock ?? 'task',
      });
    await delay(POLL_MS, undefined, { signal });
  }
}

/** Does something with all at once; fails, when all are through, with the first error. */
export async function withAll<T>(
  items: readonly T[],
  action: (item: T) => Promise<void>,
): Promise<void> {
  const results = await Promise.allSettled(items.map(action));
  const failed = results.find(({ status }) => status === 'rejected');
  if (failed) throw (failed as PromiseRejectedResult).reason;
}
