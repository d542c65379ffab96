import { setTimeout as delay } from 'node:timers/promises';
import type { NodeRecord } from '../../database/records';
import { StepError } from '../../engine/failures';
import { guestHostKey } from '../../hostKeys/guestHostKey';
import { PveError } from '../../tools/proxmox/PveError';
import { SSH_USER } from '../../tools/terraform/variables';
import type { Context } from '../services';

const POLL_MS = 500;
/** Every 5 s; the agent is asked each time. */
const POLLS_PER_STATUS = 10;
const BOOT_LIMIT_MS = 5 * 60_000;
const SSH_LIMIT_MS = 2 * 60_000;

/**
 * Waits until each machine's system is up with its own address, reads its SSH host key through the hypervisor, pins it, and
 * logs in once: from then on a wrong key is an alarm.
 */
export async function waitForGuests(
  context: Context,
  nodes: NodeRecord[],
  privateKey: string,
): Promise<void> {
  const { services, cluster, journal, progress, event } = context;
  let up = 0;
  const show = (message: string) =>
    progress({
      message,
      percent: 60 + Math.round((up / Math.max(1, nodes.length)) * 40),
    });
  show('Waiting for the machines to start');
  const keys = await Promise.all(
    nodes.map(node => waitForHostKey(context, node)),
  );
  refuseSharedKeys(nodes, keys);

  await Promise.all(
    nodes.map(async (node, index) => {
      const hostKey = keys[index];
      if (
        ['running', 'stopped'].includes(node.state) &&
        node.sshHostKey &&
        node.sshHostKey !== hostKey
      ) {
        throw new StepError('KUBESMITH-HOSTKEY-MISMATCH', { node: node.name });
      }
      await journal(tx =>
        services.clusters.updateNode(
          cluster.id,
          node.name,
          { state: 'running', sshHostKey: hostKey },
          tx,
        ),
      );
      await waitForLogin(context, node, hostKey, privateKey);
      up += 1;
      event({
        node: node.name,
        message: `${node.name} is up at ${node.ipAddress}`,
      });
      show(`${up} of ${nodes.length} machines are up`);
    }),
  );
}

async function waitForHostKey(
  { services, signal }: Context,
  node: NodeRecord,
): Promise<string> {
  const { proxmox } = services;
  const deadline = performance.now() + BOOT_LIMIT_MS;
  let answered = false;
  for (let poll = 0; performance.now() < deadline; poll++) {
    if (poll % POLLS_PER_STATUS === 0) await checkRuns(proxmox, node, signal);
    if (await answers(proxmox, node, signal)) {
      answered = true;
      const hostKey = await readHostKey(proxmox, node, signal);
      if (hostKey) return hostKey;
    }
    await delay(POLL_MS, undefined, { signal });
  }
  throw answered
    ? new StepError('KUBESMITH-HOSTKEY-MISSING', { node: node.name })
    : new StepError('KUBESMITH-AGENT-SILENT', {
        node: node.name,
        minutes: BOOT_LIMIT_MS / 60_000,
      });
}

/** Whether the guest agent answers; one of a machine that went away does not. */
async function answers(
  proxmox: Context['services']['proxmox'],
  node: NodeRecord,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return await proxmox.agentAnswers(node.host, node.vmid, { signal });
  } catch (error) {
    if (!isGone(error)) throw error;
    await checkRuns(proxmox, node, signal);
    // It is there: then it is the privilege that lacks.
    throw error;
  }
}

/**
 * Somebody may stop or remove a machine while we wait for it: then the next attempt starts it, or makes it again.
 *
 * @throws StepError KUBESMITH-MACHINE-GONE, KUBESMITH-MACHINE-STOPPED
 */
async function checkRuns(
  proxmox: Context['services']['proxmox'],
  node: NodeRecord,
  signal: AbortSignal,
): Promise<void> {
  try {
    const { status } = await proxmox.vmStatus(node.host, node.vmid, { signal });
    if (status === 'stopped')
      throw new StepError('KUBESMITH-MACHINE-STOPPED', { node: node.name });
  } catch (error) {
    throw isGone(error)
      ? new StepError(
          'KUBESMITH-MACHINE-GONE',
          { node: node.name },
          { cause: error },
        )
      : error;
  }
}

/** A machine that is gone is in no pool, and then no privilege of the token speaks for it: Proxmox answers 403. */
function isGone(error: unknown): boolean {
  return error instanceof PveError && (error.isMissing || error.status === 403);
}

/** The host key once the guest has its address too; undefined while either is not there. */
async function readHostKey(
  proxmox: Context['services']['proxmox'],
  node: NodeRecord,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const interfaces = await proxmox.agentInterfaces(node.host, node.vmid, {
      signal,
    });
    if (!interfaces.some(({ addresses }) => addresses.includes(node.ipAddress)))
      return undefined;
    return await guestHostKey(proxmox, node, { signal });
  } catch (error) {
    // 500: the agent went away again, or the file is not there yet. Anything else is a reason to stop.
    if ((error as { status?: number }).status === 500) return undefined;
    if (isGone(error)) await checkRuns(proxmox, node, signal);
    throw error;
  }
}

/** A template that was sealed with a key inside gives every machine the same one: each could pose as any other. */
function refuseSharedKeys(nodes: NodeRecord[], keys: string[]): void {
  const owners = new Map<string, string>();
  for (const [index, key] of keys.entries()) {
    const other = owners.get(key);
    if (other)
      throw new StepError('KUBESMITH-HOSTKEY-SHARED', {
        node: nodes[index].name,
        other,
      });
    owners.set(key, nodes[index].name);
  }
}

async function waitForLogin(
  { services, cluster, signal }: Context,
  node: NodeRecord,
  hostKey: string,
  privateKey: string,
): Promise<void> {
  const target = {
    clusterId: cluster.id,
    nodeName: node.name,
    host: node.ipAddress,
    user: SSH_USER,
    privateKey,
    hostKey,
  };
  const deadline = performance.now() + SSH_LIMIT_MS;
  for (;;) {
    try {
      await services.ssh.exec(target, 'true', { timeoutMs: 10_000, signal });
      return;
    } catch (error) {
      const again =
        error instanceof StepError &&
        error.failure.code === 'KUBESMITH-NODE-UNREACHABLE';
      if (!again || performance.now() > deadline) throw error;
      await delay(POLL_MS, undefined, { signal });
    }
  }
}
