/**
 * Imitates snapshots (qemu-server `snapshot_create`, `snapshot_rollback`, `snapshot_delete`; `API2/Qemu.pm`). A rollback stops a
 * machine that runs, as there, and gives it back the configuration that it had. Left out: memory (`vmstate`), trees of snapshots
 * (each has the one before it as parent), and what a storage can and cannot do.
 */
import { checkLock, isRunning, vmOf, type Context } from '../context.ts';
import { failure, invalid } from '../errors.ts';
import { hostSpec } from '../hostSpec.ts';
import type { ApiCall, Router } from '../router.ts';
import type { SnapshotRecord, VmRecord } from '../state.ts';
import type { TaskWork } from '../tasks.ts';

const VM = '/nodes/{node}/qemu/{vmid}';
/** `pve-configid` with at most 40 characters. */
const NAME = /^[a-z][a-z0-9_-]{1,39}$/i;

/** The calls that take snapshots and go back to them. */
export function snapshotRoutes(router: Router, context: Context): void {
  const { driver, tasks } = context;

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

  /** The machine is locked for as long as its task works on it. */
  const locked = (
    vm: VmRecord,
    lock: string,
    work: () => Promise<void>,
  ): Pick<TaskWork, 'perform' | 'undo'> => {
    let ours = false;
    return {
      perform: async () => {
        checkLock(vm);
        vm.config.lock = lock;
        ours = true;
        await work();
        delete vm.config.lock;
      },
      undo: async () => {
        if (ours) delete vm.config.lock;
      },
    };
  };

  router.add('GET', `${VM}/snapshot`, async call => {
    const vm = vmOf(context, call);
    const all = vm.snapshots ?? [];
    return [
      ...all.map(({ name, description, snaptime }, index) => ({
        name,
        description,
        snaptime,
        vmstate: 0,
        ...(index > 0 ? { parent: all[index - 1]!.name } : {}),
      })),
      {
        name: 'current',
        description: 'You are here!',
        running: (await isRunning(context, vm)) ? 1 : 0,
        ...(all.length > 0 ? { parent: all.at(-1)!.name } : {}),
      },
    ];
  });

  router.add('POST', `${VM}/snapshot`, call => {
    const vm = vmOf(context, call);
    const name = call.params.snapname ?? '';
    if (!NAME.test(name))
      throw invalid({ snapname: 'invalid format - invalid configuration ID' });
    if (call.params.vmstate === '1')
      throw failure('the double keeps no memory: vmstate is not supported');
    if (name === 'current')
      throw failure("unable to use snapshot name 'current' (reserved name)");
    const snapshot: SnapshotRecord = {
      name,
      description: call.params.description ?? '',
      snaptime: Math.floor(Date.now() / 1000),
      config: {},
    };
    return task(call, 'qmsnapshot', {
      ...locked(vm, 'snapshot', async () => {
        if (vm.snapshots?.some(one => one.name === name))
          throw failure(`snapshot name '${name}' already used`);
        const { lock, ...config } = vm.config;
        snapshot.config = config;
        if (!vm.stranger) await driver.snapshot(vm.vmid, name);
      }),
      commit: () => {
        vm.snapshots = [...(vm.snapshots ?? []), snapshot];
      },
    });
  });

  router.add('POST', `${VM}/snapshot/{snapname}/rollback`, call => {
    const vm = vmOf(context, call);
    const snapshot = snapshotOf(vm, call);
    return task(call, 'qmrollback', {
      ...locked(vm, 'rollback', async () => {
        if (vm.stranger) {
          vm.stranger.running = false;
          return;
        }
        await driver.stop(vm.vmid);
        await driver.rollback(vm.vmid, snapshot.name);
        if (call.params.start === '1')
          await driver.start(hostSpec({ ...vm, config: snapshot.config }));
      }),
      commit: () => {
        vm.config = { ...snapshot.config };
        vm.pending = {};
        if (call.params.start === '1') vm.startedAt = Date.now();
        else delete vm.startedAt;
      },
    });
  });

  router.add('DELETE', `${VM}/snapshot/{snapname}`, call => {
    const vm = vmOf(context, call);
    const snapshot = snapshotOf(vm, call);
    return task(call, 'qmdelsnapshot', {
      ...locked(vm, 'snapshot-delete', async () => {
        if (!vm.stranger) await driver.removeSnapshot(vm.vmid, snapshot.name);
      }),
      commit: () => {
        vm.snapshots = vm.snapshots?.filter(one => one !== snapshot);
      },
    });
  });
}

function snapshotOf(vm: VmRecord, call: ApiCall): SnapshotRecord {
  const name = call.params.snapname!;
  const found = vm.snapshots?.find(one => one.name === name);
  if (!found) throw failure(`snapshot '${name}' does not exist`);
  return found;
}
