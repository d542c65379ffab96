import { readFile } from 'node:fs/promises';
import { leastPrivilegeAccess } from '../proxmox/leastPrivilege.ts';
import type { ProxmoxProcessConfig } from '../proxmox/main.ts';
import {
  realisticTaskDurations,
  type TemplateOptions,
} from '../proxmox/options.ts';
import { certificateFiles } from './certificates.ts';
import { network, type Instance } from './Instance.ts';
import type { Image } from './requirements.ts';

const STORAGE = 'shared-ssd';
const BRIDGE = 'vmbr0';

/** Resource pools that the administrator has made, one for each environment of the portal. */
const POOLS = ['kubesmith-distributed-systems-2026', 'kubesmith-research'];

const TEMPLATES: Record<Image, { vmid: number; name: string }> = {
  golden: { vmid: 9000, name: 'k8s-1.36-debian12' },
  plain: { vmid: 9001, name: 'debian12-plain' },
  older: { vmid: 9002, name: 'k8s-1.35-debian12' },
};

/**
 * The department's imagined datacenter: three hypervisor hosts, shared storage, two templates, and one API token with exactly
 * the privileges that Kubesmith asks an administrator for.
 */
export async function datacenter(
  instance: Instance,
  options: {
    tokenSecret: string;
    images: Image[];
    cgroups: readonly string[];
  },
): Promise<ProxmoxProcessConfig> {
  const certificates = certificateFiles(instance);
  const templates = options.images.map(
    (rootfs): TemplateOptions => ({
      ...TEMPLATES[rootfs],
      node: 'pve1',
      storage: STORAGE,
      bridge: BRIDGE,
      rootfs,
      cores: 2,
      memoryMiB: 2048,
      diskGiB: 10,
    }),
  );
  return {
    listen: { host: network.hypervisor, port: network.hypervisorPort },
    tls: {
      key: await readFile(certificates.key, 'utf8'),
      cert: await readFile(certificates.certificate, 'utf8'),
    },
    stateFile: instance.file('proxmox-state.json'),
    callLogFile: instance.file('logs', 'proxmox-calls.ndjson'),
    hosts: ['pve1', 'pve2', 'pve3'].map(name => ({
      name,
      cpus: 32,
      memoryMiB: 128 * 1024,
    })),
    storage: [
      {
        id: STORAGE,
        type: 'rbd',
        content: ['images', 'rootdir'],
        shared: true,
        totalGiB: 4096,
      },
    ],
    bridges: [BRIDGE],
    pools: POOLS.map(id => ({ id })),
    templates,
    access: leastPrivilegeAccess(options.tokenSecret, {
      pool: POOLS,
      template: templates.map(({ vmid }) => vmid),
      storage: [STORAGE],
      bridge: [BRIDGE],
    }),
    taskDurations: realisticTaskDurations,
    nspawn: {
      directory: instance.file('vms'),
      images: instance.images,
      networkNamespace: instance.namespacePath,
      bridge: network.bridge,
      cgroups: [...options.cgroups],
    },
  };
}
