/** Imitates the configuration of a cloud-init template as `qm` and Packer leave it. Left out: EFI and TPM disks. */
import { randomMac, randomUuid } from './identifiers.ts';
import type { TemplateOptions } from './options.ts';
import type { VmConfig } from './state.ts';

/** What `GET /nodes/N/qemu/ID/config` shows for a template. */
export function templateConfig(template: TemplateOptions): VmConfig {
  const { vmid, storage } = template;
  return {
    name: template.name,
    template: 1,
    ostype: 'l26',
    cores: template.cores,
    sockets: 1,
    memory: String(template.memoryMiB),
    cpu: 'x86-64-v2-AES',
    numa: 0,
    scsihw: 'virtio-scsi-single',
    boot: 'order=scsi0',
    scsi0: `${storage}:base-${vmid}-disk-0,size=${template.diskGiB}G`,
    ide2: `${storage}:vm-${vmid}-cloudinit,media=cdrom`,
    net0: `virtio=${randomMac()},bridge=${template.bridge}`,
    serial0: 'socket',
    vga: 'serial0',
    agent: '1',
    smbios1: `uuid=${randomUuid()}`,
    vmgenid: randomUuid(),
    meta: 'creation-qemu=10.1.2,ctime=1790000000',
  };
}
