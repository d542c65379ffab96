/** What the routes share. One per running double. */
import type { HostDriver } from '../hosts/types.ts';
import type { Access } from './access.ts';
import type { CallLog } from './callLog.ts';
import { failure, PveError } from './errors.ts';
import type { Faults } from './faults.ts';
import type { ProxmoxDoubleConfig } from './options.ts';
import type { ApiCall } from './router.ts';
import type { State, VmRecord } from './state.ts';
import type { Tasks } from './tasks.ts';

/** One running double: what it was told and what it knows. */
export interface Context {
  config: ProxmoxDoubleConfig;
  driver: HostDriver;
  state: State;
  tasks: Tasks;
  access: Access;
  faults: Faults;
  calls: CallLog;
  /** Hypervisor hosts that a test has switched off. */
  hostsDown: Set<string>;
}

/** The power state, asked of whoever really knows it. */
export async function isRunning(
  context: Context,
  vm: VmRecord,
): Promise<boolean> {
  if (vm.stranger) return vm.stranger.running;
  if (vm.config.template) return false;
  return context.driver.isRunning(vm.vmid);
}

/** The machine that the path names, on the host that the path names. */
export const vmOf = (context: Context, call: ApiCall): VmRecord =>
  context.state.vmOn(call.params.node!, Number(call.params.vmid));

/** Proxmox's `check_lock`. */
export function checkLock(vm: VmRecord): void {
  if (vm.config.lock) throw failure(`VM is locked (${vm.config.lock})`);
}

/** Proxmox passes calls for another host on to it, after it has checked privileges and before it looks at anything else. */
export function reachHost(context: Context, node: string): void {
  if (!context.config.hosts.some(({ name }) => name === node)) {
    throw failure(
      `hostname lookup '${node}' failed - failed to get address info for: ${node}: Name or service not known`,
    );
  }
  if (context.hostsDown.has(node)) throw new PveError(595, 'No route to host');
}
