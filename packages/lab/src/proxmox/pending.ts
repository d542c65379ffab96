/**
 * Imitates pending changes (qemu-server `vmconfig_hotplug_pending`): a running machine takes some changes at once, the others
 * wait for its next start. Left out: hotplug settings other than the default (`network,disk,usb`).
 */
import { createHash } from 'node:crypto';
import { isCloudInit, isNetwork } from './storedConfig.ts';
import type { VmConfig, VmRecord } from './state.ts';

const AT_ONCE = new Set([
  'cpulimit',
  'cpuunits',
  'description',
  'migrate_downtime',
  'migrate_speed',
  'name',
  'onboot',
  'protection',
  'shares',
  'startup',
  'tablet',
  'tags',
  'vmstatestorage',
]);

const isHotpluggable = (key: string) =>
  AT_ONCE.has(key) ||
  isCloudInit(key) ||
  isNetwork(key) ||
  /^(scsi|virtio)\d+$/.test(key);

/** Changes options (`null` removes one), at once or pending, as the machine's power state allows. */
export function changeConfig(
  vm: VmRecord,
  changes: Record<string, string | number | null>,
  running: boolean,
): void {
  for (const [key, value] of Object.entries(changes)) {
    const same =
      value === null ? !(key in vm.config) : vm.config[key] === value;
    delete vm.pending[key];
    if (same) continue;
    if (running && !isHotpluggable(key)) vm.pending[key] = value;
    else set(vm.config, key, value);
  }
}

/** What a start does first: everything that was pending becomes real. */
export function applyPending(vm: VmRecord): void {
  vm.config = configWithPending(vm);
  vm.pending = {};
}

/** What `GET …/config` answers, unless asked for the current values. */
export function configWithPending(vm: VmRecord): VmConfig {
  const config = { ...vm.config };
  for (const [key, value] of Object.entries(vm.pending)) {
    set(config, key, value);
  }
  return config;
}

/** What `GET …/pending` answers. */
export function pendingRows(vm: VmRecord): object[] {
  const keys = new Set([...Object.keys(vm.config), ...Object.keys(vm.pending)]);
  return [...keys].sort().map(key => {
    const change = vm.pending[key];
    return {
      key,
      ...(vm.config[key] === undefined ? {} : { value: vm.config[key] }),
      ...(change === undefined || change === null ? {} : { pending: change }),
      ...(change === null ? { delete: 1 } : {}),
    };
  });
}

/** The digest that guards against two people changing one configuration at the same time. */
export function configDigest(vm: VmRecord): string {
  return createHash('sha1')
    .update(JSON.stringify([vm.config, vm.pending]))
    .digest('hex');
}

function set(
  config: VmConfig,
  key: string,
  value: string | number | null,
): void {
  if (value === null) delete config[key];
  else config[key] = value;
}
