import { setTimeout as delay } from 'node:timers/promises';
import type { NodeRecord } from '../../database/records';
import { StepError } from '../../engine/failures';
import { provenOurs } from '../../tools/proxmox/ownership';
import type { ProxmoxClient } from '../../tools/proxmox/ProxmoxClient';
import { PveError } from '../../tools/proxmox/PveError';
import type { PveVm, PveVmConfig } from '../../tools/proxmox/types';

/** What stands behind the VMID of a node. */
export type Finding = { node: NodeRecord } & (
  | { state: 'absent' }
  /** Proven ours. */
  | { state: 'ours'; vm: PveVm; config: PveVmConfig }
  /** Proxmox works on it: whose it is shows afterwards. */
  | { state: 'busy'; lock: string }
  /** The id is taken by something that the token may not see: a clone in the making, or a stranger's. */
  | { state: 'hidden' }
  | {
      state: 'foreign';
      reason: string;
      /** `stranger`: never was ours; `changed`: was ours, and somebody changed it; `unseen`: the portal may not look. */
      kind: 'stranger' | 'changed' | 'unseen';
    }
);

/** A machine that stands behind a node's VMID and is not proven ours. */
export type Foreign = Extract<Finding, { state: 'foreign' }>;

const POLL_MS = 1500;
const BUSY_LIMIT_MS = 10 * 60_000;
/** The list of machines lags behind by up to 10 s, so what is hidden may appear. */
const HIDDEN_LIMIT_MS = 12_000;
/** Locks under which a machine is being made or removed. A backup, for one, says nothing about whose it is. */
export const MAKING = ['clone', 'create', 'disk'];

/** What a look at single machines asks. */
type Looks = Pick<ProxmoxClient, 'isFree' | 'vmConfig'>;

/** Looks once. */
export async function survey(
  proxmox: Looks & Pick<ProxmoxClient, 'vms'>,
  nodes: NodeRecord[],
  environmentPool: string,
  signal: AbortSignal,
): Promise<Finding[]> {
  const vms = new Map((await proxmox.vms({ signal })).map(vm => [vm.vmid, vm]));
  return Promise.all(
    nodes.map(node =>
      surveyNode(proxmox, node, vms.get(node.vmid), environmentPool, signal),
    ),
  );
}

/**
 * Looks at one machine.
 *
 * @param vm - what the list of machines has under the node's VMID
 */
export async function surveyNode(
  proxmox: Looks,
  node: NodeRecord,
  vm: PveVm | undefined,
  environmentPool: string,
  signal: AbortSignal,
): Promise<Finding> {
  if (!vm) {
    return {
      node,
      state: (await proxmox.isFree(node.vmid, { signal }))
        ? 'absent'
        : 'hidden',
    };
  }
  if (vm.lock && MAKING.includes(vm.lock))
    return { node, state: 'busy', lock: vm.lock };
  const config = await proxmox
    .vmConfig(vm.node, vm.vmid, { signal })
    .catch(error => {
      // It went away, or out of our pool, since the list was made.
      if (
        error instanceof PveError &&
        (error.isMissing || error.status === 403)
      )
        return undefined;
      throw error;
    });
  if (!config) return { node, state: 'hidden' };
  const ownership = provenOurs(node, environmentPool, vm, config);
  return ownership.ours
    ? { node, state: 'ours', vm, config }
    : {
        node,
        state: 'foreign',
        reason: ownership.reason,
        kind: ownership.changed ? 'changed' : 'stranger',
      };
}

/**
 * Looks until nothing is in the making any more: after a crash a clone may still run that nobody waits for, and until it ends
 * the machine bears neither name nor marker.
 */
export async function surveySettled(options: {
  proxmox: ProxmoxClient;
  nodes: NodeRecord[];
  environmentPool: string;
  signal: AbortSignal;
  onWait?: (message: string) => void;
}): Promise<Finding[]> {
  const { proxmox, nodes, environmentPool, signal, onWait } = options;
  const begun = performance.now();
  for (;;) {
    const findings = await survey(proxmox, nodes, environmentPool, signal);
    const busy = findings.find(({ state }) => state === 'busy');
    const hidden = findings.find(({ state }) => state === 'hidden');
    if (!busy && !hidden) return findings;
    const cloning = (await proxmox.tasks({ signal })).some(
      task => task.running && task.type === 'qmclone',
    );
    const waited = performance.now() - begun;
    if (!busy && !cloning && waited > HIDDEN_LIMIT_MS) {
      return findings.map(finding =>
        finding.state === 'hidden'
          ? {
              node: finding.node,
              state: 'foreign',
              reason: 'the portal may not see it',
              kind: 'unseen',
            }
          : finding,
      );
    }
    if (waited > BUSY_LIMIT_MS) {
      throw new StepError('KUBESMITH-MACHINE-LOCKED', {
        node: (busy ?? hidden)!.node.name,
        lock: busy?.state === 'busy' ? busy.lock : 'clone',
      });
    }
    onWait?.(`Proxmox still works on ${(busy ?? hidden)!.node.name}`);
    await delay(POLL_MS, undefined, { signal });
  }
}
