/**
 * The lab's own controls under `/__lab`: faults, the call log, the state, strangers' machines, dead hosts, missing privileges.
 * Proxmox has nothing of the kind. Only for callers on the same machine, so that nodes and their pods cannot reach them.
 */
import type { Context } from '../context.ts';
import type { FaultRequest } from '../faults.ts';
import { templateConfig } from '../template.ts';

/** A control call; `body` is parsed JSON. */
export interface LabCall {
  method: string;
  /** Segments after `/__lab`. */
  segments: string[];
  query: URLSearchParams;
  body: unknown;
}

/** Answers a control call; undefined when there is no such control. Throws an `Error` when the request makes no sense. */
export async function labControl(
  context: Context,
  { method, segments, query, body }: LabCall,
): Promise<unknown> {
  const [what, id] = segments;
  switch (`${method} ${what}`) {
    case 'GET faults':
      return context.faults.list();
    case 'POST faults':
      return (Array.isArray(body) ? body : [body]).map(fault =>
        context.faults.add(fault as FaultRequest),
      );
    case 'DELETE faults':
      context.faults.clear();
      return [];
    case 'GET calls':
      return context.calls.since(Number(query.get('since') ?? 0));
    case 'GET state':
      return {
        vms: context.state.sortedVms(),
        pools: Object.fromEntries(context.state.pools),
        hostsDown: [...context.hostsDown],
        roles: context.access.roles,
      };
    case 'POST strangers':
      return addStranger(context, body as StrangerRequest);
    case 'PATCH vms':
      return changeVm(context, Number(id), body as VmChange);
    case 'DELETE vms':
      return removeVm(context, Number(id));
    case 'PUT hosts':
      return powerHost(
        context,
        id ?? '',
        body as { down: boolean; powerLoss?: boolean },
      );
    case 'PUT tokens':
      context.access.setSecret(id ?? '', (body as { secret: string }).secret);
      return { token: id };
    case 'PUT roles':
      context.access.setRole(
        id ?? '',
        (body as { privileges: string[] }).privileges,
      );
      return context.access.roles;
    default:
      return undefined;
  }
}

/** Somebody else's machine: in no pool of ours unless the request says so, with no host below it. */
export function addStranger(
  { config, state }: Context,
  { vmid, name = 'somebody-elses', node, pool }: StrangerRequest,
) {
  if (state.vms.has(vmid)) throw new Error(`VM ${vmid} exists`);
  const [template] = config.templates;
  if (!template) throw new Error('the lab has no template');
  const { template: _, ...copy } = templateConfig({ ...template, vmid });
  const stranger = {
    vmid,
    node: node ?? template.node,
    rootfs: 'plain' as const,
    pending: {},
    config: { ...copy, name },
    ...(pool ? { pool } : {}),
    stranger: { running: true },
  };
  state.vms.set(vmid, stranger);
  state.save();
  return stranger;
}

interface StrangerRequest {
  vmid: number;
  name?: string;
  node?: string;
  pool?: string;
}

interface VmChange {
  lock?: string | null;
  /** Values that are put into the configuration as they are; null removes one. */
  config?: Record<string, string | number | null>;
  pool?: string | null;
  /** Cuts the power. */
  stop?: true;
}

/** Changes a machine behind everybody's back, as somebody with more rights would. */
async function changeVm(
  { driver, state }: Context,
  vmid: number,
  { lock, config = {}, pool, stop }: VmChange,
) {
  const vm = known(state.vms.get(vmid), vmid);
  const changes = lock === undefined ? config : { ...config, lock };
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) delete vm.config[key];
    else vm.config[key] = value;
  }
  if (pool === null) delete vm.pool;
  else if (pool !== undefined) vm.pool = pool;
  if (stop) {
    if (vm.stranger) vm.stranger.running = false;
    else await driver.stop(vmid);
  }
  state.save();
  return vm;
}

/** Removes a machine behind everybody's back, host and all. */
async function removeVm({ driver, state }: Context, vmid: number) {
  const vm = known(state.vms.get(vmid), vmid);
  if (!vm.stranger) await driver.remove(vmid);
  state.vms.delete(vmid);
  state.save();
  return { removed: vmid };
}

async function powerHost(
  { config, driver, hostsDown, state }: Context,
  node: string,
  { down, powerLoss = false }: { down: boolean; powerLoss?: boolean },
) {
  if (!config.hosts.some(({ name }) => name === node)) {
    throw new Error(`no host ${node}`);
  }
  if (!down) hostsDown.delete(node);
  else {
    hostsDown.add(node);
    const lost = state
      .sortedVms()
      .filter(
        vm =>
          powerLoss && vm.node === node && !vm.stranger && !vm.config.template,
      );
    await Promise.all(lost.map(vm => driver.stop(vm.vmid)));
  }
  return { hostsDown: [...hostsDown] };
}

function known<T>(vm: T | undefined, vmid: number): T {
  if (!vm) throw new Error(`no VM ${vmid}`);
  return vm;
}
