/**
 * Turns a stored configuration into what the hosts below need: the double's side of Proxmox's cloud-init drive (qemu-server
 * `Cloudinit.pm`) and of `config_to_command`. Left out: more than one network card, DHCP, custom cloud-init files, passwords.
 */
import type { HostSpec } from '../hosts/types.ts';
import { parsePropertyString } from './propertyString.ts';
import {
  isCloudInitDrive,
  isDrive,
  networkOf,
  sizeOf,
} from './storedConfig.ts';
import type { VmConfig, VmRecord } from './state.ts';

const text = (config: VmConfig, key: string) => String(config[key] ?? '');

/** The disk that the machine boots from: the first one of the boot order that is a disk. */
export function bootDisk(config: VmConfig): string | undefined {
  const order = parsePropertyString(text(config, 'boot')).options.get('order');
  return [...(order?.split(';') ?? []), 'scsi0', 'virtio0'].find(
    key => isDrive(key) && config[key] !== undefined,
  );
}

/** The machine as the hosts below are told of it. */
export function hostSpec(vm: VmRecord): HostSpec {
  const { config } = vm;
  const disk = bootDisk(config);
  const name = text(config, 'name') || `VM${vm.vmid}`;
  return {
    vmid: vm.vmid,
    name,
    node: vm.node,
    rootfs: vm.rootfs,
    cores: Number(config.cores ?? 1) * Number(config.sockets ?? 1),
    memoryMiB: Number(config.memory ?? 512),
    diskGiB: disk ? Math.ceil(sizeOf(text(config, disk)) / 1024 ** 3) : 0,
    macAddress: (networkOf(text(config, 'net0')).mac ?? '').toLowerCase(),
    smbiosUuid: smbiosUuid(text(config, 'smbios1')),
    cloudInit: cloudInit(config, name),
  };
}

/** The UUID is stored in clear even where other SMBIOS fields are in base64. */
const smbiosUuid = (smbios: string) =>
  (parsePropertyString(smbios).options.get('uuid') ?? '').toLowerCase();

/** Without a cloud-init drive the machine gets no data, whatever its options say. */
function cloudInit(config: VmConfig, hostname: string): HostSpec['cloudInit'] {
  const hasDrive = Object.entries(config).some(
    ([key, value]) => isDrive(key) && isCloudInitDrive(String(value)),
  );
  if (!hasDrive) return { sshKeys: [], nameservers: [], hostname };
  const network = parsePropertyString(text(config, 'ipconfig0')).options;
  const address = network.get('ip');
  const gateway = network.get('gw');
  return {
    ...(config.ciuser ? { user: text(config, 'ciuser') } : {}),
    sshKeys: decodeURIComponent(text(config, 'sshkeys'))
      .split('\n')
      .filter(key => key.trim() !== ''),
    ...(address && address !== 'dhcp' ? { address } : {}),
    ...(gateway ? { gateway } : {}),
    nameservers: text(config, 'nameserver')
      .split(/[\s,;]+/)
      .filter(Boolean),
    hostname,
  };
}
