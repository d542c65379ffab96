/**
 * Imitates reading and changing a machine's configuration (qemu-server `update_vm_api`, `$check_vm_modify_config_perm`,
 * `resize_vm`). Left out: revert, snapshots in the configuration, import of disks, real devices.
 */
import { checkLock, isRunning, vmOf, type Context } from '../context.ts';
import { failure, invalid } from '../errors.ts';
import {
  applyPending,
  changeConfig,
  configDigest,
  configWithPending,
  pendingRows,
} from '../pending.ts';
import { optionPrivileges } from '../privilegeTable.ts';
import { parseSize } from '../propertyString.ts';
import type { ApiCall, Router } from '../router.ts';
import {
  isCdrom,
  isCloudInit,
  isCloudInitDrive,
  isDrive,
  isNetwork,
  isOption,
  isSerial,
  sizeOf,
  storageOf,
  storedValue,
  volumeOf,
  withSize,
} from '../storedConfig.ts';
import { requireBridges } from './network.ts';

const VM = '/nodes/{node}/qemu/{vmid}';
/** Parameters of the call that are no options of a machine. */
const NO_OPTIONS = new Set([
  'node',
  'vmid',
  'delete',
  'digest',
  'background_delay',
]);

/** The calls about a machine's configuration. */
export function configRoutes(router: Router, context: Context): void {
  const { access, state, tasks } = context;

  router.add('GET', `${VM}/config`, call => {
    const vm = vmOf(context, call);
    const config =
      call.params.current === '1' ? vm.config : configWithPending(vm);
    return { ...config, digest: configDigest(vm) };
  });

  router.add('GET', `${VM}/pending`, call => pendingRows(vmOf(context, call)));

  router.add('PUT', `${VM}/config`, async call => {
    const change = checkedChange(context, call);
    await change();
  });

  router.add('POST', `${VM}/config`, call => {
    const change = checkedChange(context, call);
    return tasks.start({
      node: call.params.node!,
      type: 'qmconfig',
      id: call.params.vmid!,
      user: call.user,
      ...(call.taskFault ? { fault: call.taskFault } : {}),
      perform: change,
    });
  });

  // The data itself is made at the next start; Proxmox rewrites the drive here, which a running guest does not read either.
  router.add('PUT', `${VM}/cloudinit`, call => {
    vmOf(context, call);
  });

  router.add('PUT', `${VM}/resize`, call => {
    const { node, vmid, disk, size } = call.params as Record<string, string>;
    if (!/^\+?\d+(\.\d+)?[KMGT]?$/.test(size ?? '')) {
      throw invalid({
        size: 'value does not match the regex pattern',
      });
    }
    return tasks.start({
      node: node!,
      type: 'resize',
      id: vmid!,
      user: call.user,
      ...(call.taskFault ? { fault: call.taskFault } : {}),
      commit: () => {
        const vm = vmOf(context, call);
        checkLock(vm);
        const drive = vm.config[disk!];
        if (typeof drive !== 'string' || !isDrive(disk!)) {
          throw failure(`disk '${disk}' does not exist`);
        }
        if (isCdrom(drive)) throw failure("you can't resize a cdrom");
        access.require(
          call.user,
          `/storage/${storageOf(volumeOf(drive))}`,
          'Datastore.AllocateSpace',
        );
        const present = sizeOf(drive);
        const wanted =
          parseSize(size!.replace('+', ''))! +
          (size!.startsWith('+') ? present : 0);
        if (wanted < present) {
          throw failure('shrinking disks is not supported');
        }
        vm.config[disk!] = withSize(drive, wanted);
        state.save();
      },
    });
  });
}

/** Makes all checks that come before a change, and returns the change. */
function checkedChange(context: Context, call: ApiCall): () => Promise<void> {
  const { access, state } = context;
  const { user, params } = call;
  const set = Object.fromEntries(
    Object.entries(params).filter(([key]) => !NO_OPTIONS.has(key)),
  );
  const remove = (params.delete ?? '').split(/[,;\s]+/).filter(Boolean);
  verifyOptions(set, remove);
  for (const key of [...remove, ...Object.keys(set)]) {
    requireOption(context, call, key);
  }
  for (const [key, value] of Object.entries(set)) {
    if (isDrive(key) && /^[^:]+:\d+$/.test(volumeOf(value))) {
      const path = `/storage/${storageOf(volumeOf(value))}`;
      access.require(user, path, 'Datastore.AllocateSpace');
    }
    if (isSerial(key)) requireSerial(context, call, key, value);
  }
  requireBridges(access, user, set);

  return async () => {
    const vm = vmOf(context, call);
    if (params.digest && params.digest !== configDigest(vm)) {
      throw failure('checksum mismatch (file change by other user?)');
    }
    checkLock(vm);
    const present = configWithPending(vm);
    const changes: Record<string, string | number | null> = {};
    for (const key of remove) {
      const value = present[key];
      if (value === undefined) continue;
      if (isDrive(key)) requireDrive(context, call, String(value));
      if (isSerial(key)) requireSerial(context, call, key, String(value));
      if (isNetwork(key)) requireBridges(access, user, { [key]: value });
      changes[key] = null;
    }
    for (const [key, sent] of Object.entries(set)) {
      if (isDrive(key)) {
        if (present[key]) requireDrive(context, call, String(present[key]));
        requireDrive(context, call, sent);
      }
      changes[key] = storedValue(vm.vmid, key, sent, present);
    }
    const running = await isRunning(context, vm);
    changeConfig(vm, changes, running);
    if (!running) applyPending(vm);
    state.save();
  };
}

function verifyOptions(set: Record<string, string>, remove: string[]): void {
  const errors: Record<string, string> = {};
  for (const key of Object.keys(set)) {
    if (!isOption(key)) {
      errors[key] =
        'property is not defined in schema and the schema does not allow additional properties';
    }
  }
  for (const key of remove) {
    if (!isOption(key)) errors.delete = `unknown option '${key}'`;
    if (key in set) {
      errors.delete = `you can't use '-${key}' and -delete ${key}' at the same time`;
    }
  }
  if (Object.keys(errors).length > 0) throw invalid(errors);
}

/** The privilege for an option, whatever its value; drives and serial ports are decided by value. */
function requireOption({ access }: Context, call: ApiCall, key: string): void {
  if (isDrive(key) || isSerial(key) || /^unused\d+$/.test(key)) return;
  const path = `/vms/${call.params.vmid}`;
  if (isNetwork(key)) {
    access.require(call.user, path, 'VM.Config.Network');
  } else if (isCloudInit(key)) {
    access.requireAny(
      call.user,
      path,
      'VM.Config.Cloudinit',
      'VM.Config.Network',
    );
  } else if (/^numa\d+$/.test(key)) {
    access.require(call.user, path, 'VM.Config.CPU');
  } else {
    const privilege = Object.entries(optionPrivileges).find(([, options]) =>
      options.includes(key),
    )?.[0];
    if (!privilege) throw failure(`only root can set '${key}' config`);
    access.require(call.user, path, privilege);
    if (key === 'startup') access.require(call.user, '/', 'Sys.Modify');
  }
}

function requireDrive({ access }: Context, call: ApiCall, drive: string): void {
  const path = `/vms/${call.params.vmid}`;
  if (isCloudInitDrive(drive)) {
    access.require(call.user, path, 'VM.Config.Cloudinit', 'VM.Config.CDROM');
  } else if (isCdrom(drive)) {
    access.require(call.user, path, 'VM.Config.CDROM');
  } else {
    access.require(call.user, path, 'VM.Config.Disk');
  }
}

function requireSerial(
  { access }: Context,
  call: ApiCall,
  key: string,
  value: string,
): void {
  if (value !== 'socket') {
    throw failure(`only root can set '${key}' config for real devices`);
  }
  access.require(call.user, `/vms/${call.params.vmid}`, 'VM.Config.HWType');
}
