import { readFile } from 'node:fs/promises';
import { realisticTaskDurations, type ProxmoxDoubleConfig, type TemplateOptions } from '../proxmox/options.ts';
import type { NspawnOptions } from '../hosts/NspawnHostDriver.ts';
import { certificateFiles } from './certificates.ts';
import { network, type Instance } from './Instance.ts';

/** Configuration file of the API double as the lab starts it. */
export interface LabProxmoxConfig extends ProxmoxDoubleConfig {
  nspawn: NspawnOptions;
}

/** API token that the portal uses. */
export const TOKEN_ID = 'kubesmith@pve!portal';

const STORAGE = 'shared-ssd';
const BRIDGE = 'vmbr0';
const USER = 'kubesmith@pve';

/** Resource pools that the administrator has made, one for each environment of the portal. */
const POOLS = ['kubesmith-distributed-systems-2026', 'kubesmith-research'];

const TEMPLATES: Record<'golden' | 'plain', { vmid: number; name: string }> = {
  golden: { vmid: 9000, name: 'k8s-1.36-debian12' },
  plain: { vmid: 9001, name: 'debian12-plain' },
};

/** The roles that Kubesmith asks a Proxmox administrator for, and nothing more. */
const ROLES = {
  KubesmithMachines: [
    'VM.Allocate',
    'VM.Audit',
    'VM.PowerMgmt',
    'VM.Config.CPU',
    'VM.Config.Memory',
    'VM.Config.Disk',
    'VM.Config.Network',
    'VM.Config.Options',
    'VM.Config.Cloudinit',
    'VM.Config.CDROM',
    'VM.Config.HWType',
    'VM.GuestAgent.Audit',
    'VM.GuestAgent.FileRead',
    'Pool.Audit',
  ],
  KubesmithTemplate: ['VM.Clone', 'VM.Audit'],
  KubesmithStorage: ['Datastore.AllocateSpace', 'Datastore.Audit'],
  KubesmithNetwork: ['SDN.Use'],
  KubesmithHosts: ['Sys.Audit'],
};

/** The department's imagined datacenter: three hypervisor hosts, shared storage, two templates and one API token. */
export async function datacenter(
  instance: Instance,
  options: { tokenSecret: string; images: ('golden' | 'plain')[]; cgroups: readonly string[] },
): Promise<LabProxmoxConfig> {
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
  const grants: [path: string, role: keyof typeof ROLES][] = [
    ...templates.map(({ vmid }): [string, keyof typeof ROLES] => [`/vms/${vmid}`, 'KubesmithTemplate']),
    ...POOLS.map((pool): [string, keyof typeof ROLES] => [`/pool/${pool}`, 'KubesmithMachines']),
    [`/storage/${STORAGE}`, 'KubesmithStorage'],
    [`/sdn/zones/localnetwork/${BRIDGE}`, 'KubesmithNetwork'],
    ['/nodes', 'KubesmithHosts'],
  ];
  return {
    listen: { host: network.hypervisor, port: network.hypervisorPort },
    tls: {
      key: await readFile(certificates.key, 'utf8'),
      cert: await readFile(certificates.certificate, 'utf8'),
    },
    stateFile: instance.file('proxmox-state.json'),
    callLogFile: instance.file('logs', 'proxmox-calls.ndjson'),
    hosts: ['pve1', 'pve2', 'pve3'].map(name => ({ name, cpus: 32, memoryMiB: 128 * 1024 })),
    storage: [{ id: STORAGE, type: 'rbd', content: ['images', 'rootdir'], shared: true, totalGiB: 4096 }],
    bridges: [BRIDGE],
    pools: POOLS.map(id => ({ id })),
    templates,
    access: {
      users: [USER],
      tokens: [{ id: TOKEN_ID, secret: options.tokenSecret, privilegeSeparation: true }],
      roles: ROLES,
      // A token with privilege separation has what both it and its user have.
      acl: grants.flatMap(([path, role]) => [USER, TOKEN_ID].map(subject => ({ path, subject, role }))),
    },
    taskDurations: realisticTaskDurations,
    nspawn: {
      instance: instance.name,
      directory: instance.file('vms'),
      images: instance.images,
      networkNamespace: instance.namespacePath,
      bridge: network.bridge,
      cgroups: [...options.cgroups],
    },
  };
}
