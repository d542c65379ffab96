/**
 * Imitates power (qemu-server `vm_start`, `vm_stop`, `vm_shutdown`, `vm_reboot`, `destroy_vm`, `migrate_vm`). A machine that is
 * locked, or that runs already, fails in the task and not in the call, as in Proxmox. Left out: HA, suspend, live state.
 */
import { checkLock, isRunning, vmOf, type Context } from '../context.ts';
import { failure, invalid } from '../errors.ts';
import { hostSpec } from '../hostSpec.ts';
import { applyPending } from '../pending.ts';
import type { ApiCall, Router } from '../router.ts';
import type { TaskWork } from '../tasks.ts';
import type { VmRecord } from '../state.ts';
import { isNetwork, networkOf } from '../storedConfig.ts';
import { vmStatus } from './status.ts';

const VM = '/nodes/{node}/qemu/{vmid}';
/** What Proxmox gives a guest to shut down when the call does not say. */
const SHUTDOWN_SECONDS = 60;

/** The calls that switch, remove and move machines. */
export function powerRoutes(router: Router, context: Context): void {
  const { access, driver, state, tasks, config } = context;

  const task = (
    call: ApiCall,
    type: string,
    work: Pick<TaskWork, 'perform' | 'commit' | 'undo'>,
  ) =>
    tasks.start({
      node: call.params.node!,
      type,
      id: call.params.vmid!,
      user: call.user,
      ...(call.taskFault ? { fault: call.taskFault } : {}),
      ...work,
    });

  const powerOn = async (vm: VmRecord) => {
    checkLock(vm);
    if (vm.config.template) {
      throw failure("you can't start a vm if it's a template");
    }
    if (await isRunning(context, vm)) {
      throw failure(`VM ${vm.vmid} already running`);
    }
    applyPending(vm);
    requireExistingBridges(context, vm);
    if (vm.stranger) vm.stranger.running = true;
    else await driver.start(hostSpec(vm));
    vm.startedAt = Date.now();
  };

  const powerOff = async (vm: VmRecord, graceSeconds?: number) => {
    checkLock(vm);
    if (vm.stranger) vm.stranger.running = false;
    else if (graceSeconds === undefined) await driver.stop(vm.vmid);
    else await driver.shutdown(vm.vmid, graceSeconds);
    delete vm.startedAt;
    applyPending(vm);
  };

  router.add('GET', '/nodes/{node}/qemu', async ({ user, params }) =>
    Promise.all(
      state
        .sortedVms()
        .filter(vm => vm.node === params.node)
        .filter(vm => access.has(user, `/vms/${vm.vmid}`, 'VM.Audit'))
        .map(vm => vmStatus(context, vm)),
    ),
  );

  router.add('GET', `${VM}/status/current`, call =>
    vmStatus(context, vmOf(context, call)),
  );

  router.add('POST', `${VM}/status/start`, call => {
    const vm = vmOf(context, call);
    return task(call, 'qmstart', { perform: () => powerOn(vm) });
  });

  router.add('POST', `${VM}/status/stop`, call => {
    const vm = vmOf(context, call);
    return task(call, 'qmstop', { perform: () => powerOff(vm) });
  });

  router.add('POST', `${VM}/status/shutdown`, call => {
    const vm = vmOf(context, call);
    const seconds = Number(call.params.timeout ?? SHUTDOWN_SECONDS);
    return task(call, 'qmshutdown', {
      perform: () => powerOff(vm, seconds),
    });
  });

  router.add('POST', `${VM}/status/reboot`, call => {
    const vm = vmOf(context, call);
    const seconds = Number(call.params.timeout ?? SHUTDOWN_SECONDS);
    return task(call, 'qmreboot', {
      perform: async () => {
        if (!(await isRunning(context, vm))) {
          throw failure(`VM ${vm.vmid} not running`);
        }
        await powerOff(vm, seconds);
        await powerOn(vm);
      },
    });
  });

  router.add('POST', `${VM}/status/reset`, call => {
    const vm = vmOf(context, call);
    return task(call, 'qmreset', {
      perform: async () => {
        if (!(await isRunning(context, vm))) {
          throw failure(`VM ${vm.vmid} not running`);
        }
        checkLock(vm);
        if (vm.stranger) return;
        await driver.stop(vm.vmid);
        await driver.start(hostSpec(vm));
      },
    });
  });

  router.add('DELETE', VM, async call => {
    const vm = vmOf(context, call);
    if (vm.config.protection === 1) {
      throw failure(`can't remove VM ${vm.vmid} - protection mode enabled`);
    }
    if (await isRunning(context, vm)) {
      throw failure(`VM ${vm.vmid} is running - destroy failed`);
    }
    let begun = false;
    return task(call, 'qmdestroy', {
      perform: async log => {
        checkLock(vm);
        begun = true;
        vm.config.lock = 'destroyed';
        log(`destroying disks of VM ${vm.vmid}`);
        if (!vm.stranger) await driver.remove(vm.vmid);
      },
      commit: () => {
        state.vms.delete(vm.vmid);
      },
      undo: async () => {
        if (begun) delete vm.config.lock;
      },
    });
  });

  router.add('POST', `${VM}/migrate`, async call => {
    const vm = vmOf(context, call);
    const target = call.params.target ?? '';
    if (target === vm.node) {
      throw invalid({ target: 'target is local node.' });
    }
    if (!config.hosts.some(({ name }) => name === target)) {
      throw failure(`no such cluster node '${target}'`);
    }
    if ((await isRunning(context, vm)) && call.params.online !== '1') {
      throw failure("can't migrate running VM without --online");
    }
    return task(call, 'qmigrate', {
      perform: async () => checkLock(vm),
      commit: () => {
        vm.node = target;
      },
    });
  });
}

/** Nobody looks whether a bridge exists before a machine is to be plugged into it. */
function requireExistingBridges({ config }: Context, vm: VmRecord): void {
  for (const key of Object.keys(vm.config).filter(isNetwork)) {
    const { bridge } = networkOf(String(vm.config[key]));
    if (bridge && !config.bridges.includes(bridge)) {
      throw failure(`bridge '${bridge}' does not exist`);
    }
  }
}
