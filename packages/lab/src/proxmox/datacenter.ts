/** The datacenter that the double stands for unless told otherwise: three hosts, one shared storage, two templates, two pools. */
import { leastPrivilegeAccess } from './leastPrivilege.ts';
import type { ProxmoxDoubleConfig } from './options.ts';

/** What has no sensible default: where it listens, its certificate, its files, its secret, its pace. */
export type DatacenterSettings = Pick<
  ProxmoxDoubleConfig,
  'listen' | 'tls' | 'stateFile' | 'taskDurations'
> &
  Partial<
    Pick<
      ProxmoxDoubleConfig,
      'callLogFile' | 'unauthorizedDelayMs' | 'holdTaskStatusMs' | 'hosts'
    >
  > & {
    /** Secret of the token `kubesmith@pve!portal`: a UUID in Proxmox. */
    tokenSecret: string;
  };

/** VMID of the template with Kubernetes inside. */
export const GOLDEN_TEMPLATE = 9000;
/** VMID of the template without. */
export const PLAIN_TEMPLATE = 9001;
const STORAGE = 'shared-ssd';
const BRIDGE = 'vmbr0';

/** The configuration of the lab's datacenter, its token having exactly the documented privileges. */
export function labDatacenter({
  tokenSecret,
  ...settings
}: DatacenterSettings): ProxmoxDoubleConfig {
  const pools = [
    {
      id: 'kubesmith-distributed-systems-2026',
      comment: 'Distributed Systems 2026',
    },
    { id: 'kubesmith-research', comment: 'Research' },
  ];
  const template = {
    node: 'pve1',
    storage: STORAGE,
    bridge: BRIDGE,
    cores: 2,
    memoryMiB: 2048,
    diskGiB: 10,
  };
  return {
    hosts: ['pve1', 'pve2', 'pve3'].map(name => ({
      name,
      cpus: 16,
      memoryMiB: 64 * 1024,
    })),
    storage: [
      {
        id: STORAGE,
        type: 'rbd',
        content: ['images', 'rootdir'],
        shared: true,
        totalGiB: 2000,
      },
    ],
    bridges: [BRIDGE],
    pools,
    templates: [
      {
        ...template,
        vmid: GOLDEN_TEMPLATE,
        name: 'k8s-1.36-debian12',
        rootfs: 'golden',
      },
      {
        ...template,
        vmid: PLAIN_TEMPLATE,
        name: 'debian12-plain',
        rootfs: 'plain',
      },
    ],
    access: leastPrivilegeAccess(tokenSecret, {
      pool: pools.map(({ id }) => id),
      template: [GOLDEN_TEMPLATE, PLAIN_TEMPLATE],
      storage: [STORAGE],
      bridge: [BRIDGE],
    }),
    ...settings,
  };
}
