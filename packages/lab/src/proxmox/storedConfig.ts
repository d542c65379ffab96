/**
 * Imitates what Proxmox stores of what was sent (qemu-server `Drive.pm`, `QemuServer::print_net`, guide section 5): this is
 * where a double that merely echoes shows a difference on every plan. Left out: import-from, EFI and TPM disks, USB, PCI.
 */
import { invalid } from './errors.ts';
import { randomMac } from './identifiers.ts';
import {
  formatSize,
  parsePropertyString,
  parseSize,
  printPropertyString,
} from './propertyString.ts';
import {
  cloudInitOptions,
  optionPrivileges,
  rootOnlyOptions,
} from './privilegeTable.ts';
import type { VmConfig } from './state.ts';

/** Whether an option is a drive: `scsi0`, `ide2`. */
export const isDrive = (key: string) => /^(scsi|virtio|sata|ide)\d+$/.test(key);
/** Whether an option is a network card: `net0`. */
export const isNetwork = (key: string) => /^net\d+$/.test(key);
/** Whether an option is a serial port: `serial0`. */
export const isSerial = (key: string) => /^serial\d+$/.test(key);
/** Whether an option is for cloud-init: `ciuser`, `ipconfig0`. */
export const isCloudInit = (key: string) =>
  cloudInitOptions.includes(key) || /^ipconfig\d+$/.test(key);

const plainOptions = new Set(
  [...Object.values(optionPrivileges), rootOnlyOptions].flat(),
);
const INTEGERS = new Set([
  'acpi',
  'autostart',
  'balloon',
  'cores',
  'cpuunits',
  'kvm',
  'numa',
  'onboot',
  'protection',
  'sockets',
  'tablet',
  'template',
  'vcpus',
]);
const NETWORK_MODELS = ['virtio', 'e1000', 'e1000e', 'vmxnet3', 'rtl8139'];

/** Whether Proxmox knows the option, as far as the double does. */
export const isOption = (key: string) =>
  plainOptions.has(key) ||
  isDrive(key) ||
  isNetwork(key) ||
  isSerial(key) ||
  isCloudInit(key) ||
  /^(numa|unused|usb|hostpci|parallel)\d+$/.test(key);

/** Volume of a drive's value: `STORAGE:NAME`, without its options. */
export function volumeOf(drive: string): string {
  const { value, options } = parsePropertyString(drive);
  return options.get('file') ?? value ?? '';
}

/** The storage of a volume. */
export const storageOf = (volume: string) => volume.split(':')[0]!;

/** Whether a drive's value is the cloud-init drive, asked for or made. */
export const isCloudInitDrive = (drive: string) =>
  /^[^:]+:(cloudinit$|(.*\/)?vm-\d+-cloudinit)/.test(volumeOf(drive));

/** Whether a drive's value is a CD-ROM drive; the cloud-init drive is one. */
export const isCdrom = (drive: string) =>
  isCloudInitDrive(drive) ||
  parsePropertyString(drive).options.get('media') === 'cdrom';

/** Size of a drive in bytes, 0 if its value says none. */
export const sizeOf = (drive: string): number =>
  parseSize(parsePropertyString(drive).options.get('size') ?? '') ?? 0;

/** The same drive with another size. */
export function withSize(drive: string, bytes: number): string {
  const parsed = parsePropertyString(drive);
  parsed.options.set('size', formatSize(bytes));
  return printPropertyString(parsed);
}

/**
 * The form in which a value is kept.
 *
 * @param config - The machine's present configuration: a drive keeps its volume's size whatever was sent.
 */
export function storedValue(
  vmid: number,
  key: string,
  sent: string,
  config: VmConfig,
): string | number {
  if (isDrive(key)) return storedDrive(vmid, key, sent, config);
  if (isNetwork(key)) return storedNetwork(key, sent);
  if (key === 'description') return sent.replace(/\n+$/, '');
  if (INTEGERS.has(key)) {
    if (!/^\d+$/.test(sent)) {
      throw invalid({
        [key]: `type check ('integer') failed - got '${sent}'`,
      });
    }
    return Number(sent);
  }
  return sent;
}

function storedDrive(
  vmid: number,
  key: string,
  sent: string,
  config: VmConfig,
): string {
  const parsed = parsePropertyString(sent);
  const volume = volumeOf(sent);
  const name = volume.slice(volume.indexOf(':') + 1);
  const storage = storageOf(volume);
  for (const gone of ['file', 'size', 'format', 'import-from']) {
    parsed.options.delete(gone);
  }
  if (name === 'cloudinit') {
    parsed.value = `${storage}:vm-${vmid}-cloudinit`;
    parsed.options.set('media', 'cdrom');
    parsed.options.set('size', '4M');
  } else if (/^\d+$/.test(name)) {
    // STORAGE:SIZE_IN_GIB asks for a new disk.
    parsed.value = `${storage}:vm-${vmid}-disk-${freeDisk(vmid, config)}`;
    parsed.options.set('size', `${name}G`);
  } else {
    const known = Object.values(config).find(
      value => typeof value === 'string' && volumeOf(value) === volume,
    );
    if (typeof known !== 'string') {
      throw invalid({ [key]: `volume ${volume} does not exist` });
    }
    parsed.value = volume;
    parsed.options.set('size', formatSize(sizeOf(known)));
  }
  return printPropertyString(parsed);
}

function freeDisk(vmid: number, config: VmConfig): number {
  let number = 0;
  const taken = (n: number) =>
    Object.values(config).some(value =>
      String(value).includes(`vm-${vmid}-disk-${n}`),
    );
  while (taken(number)) number++;
  return number;
}

function storedNetwork(key: string, sent: string): string {
  const { value, options } = parsePropertyString(sent);
  const short = NETWORK_MODELS.find(model => options.has(model));
  const model = options.get('model') ?? short ?? value;
  if (!model || !NETWORK_MODELS.includes(model)) {
    throw invalid({ [key]: "invalid format - missing key in 'model'" });
  }
  const mac =
    options.get('macaddr') ?? (short ? options.get(short) : undefined);
  for (const gone of ['model', 'macaddr', model]) options.delete(gone);
  return printPropertyString({
    value: `${model}=${(mac ?? randomMac()).toUpperCase()}`,
    options,
  });
}

/** Bridge, VLAN tag and MAC address of a stored network card. */
export function networkOf(card: string): {
  bridge?: string;
  tag?: string;
  mac?: string;
} {
  const { options } = parsePropertyString(card);
  const bridge = options.get('bridge');
  const tag = options.get('tag');
  const mac =
    options.get('macaddr') ??
    NETWORK_MODELS.map(model => options.get(model)).find(Boolean);
  return {
    ...(bridge ? { bridge } : {}),
    ...(tag ? { tag } : {}),
    ...(mac ? { mac } : {}),
  };
}
