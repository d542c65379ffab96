/** The datacenter of the tests: three hosts, one shared storage, two templates, two pools, a token with what is documented. */
import { leastPrivilegeAccess } from '../leastPrivilege.ts';
import { instantTaskDurations, type ProxmoxDoubleConfig } from '../options.ts';

/** Secret of the token `kubesmith@pve!portal`. */
export const TOKEN_SECRET = '00000000-0000-4000-8000-000000000001';
export const POOL = 'kubesmith-distributed-systems-2026';
/** VMID of the template with Kubernetes inside. */
export const TEMPLATE = 9000;
export const STORAGE = 'shared-ssd';

/** What a test must say itself, and what it may change. */
export type TestSettings = Pick<ProxmoxDoubleConfig, 'tls' | 'stateFile'> &
  Partial<ProxmoxDoubleConfig>;

export function testDatacenter(settings: TestSettings): ProxmoxDoubleConfig {
  const pools = [
    { id: POOL, comment: 'Distributed Systems 2026' },
    { id: 'kubesmith-research' },
  ];
  const template = {
    node: 'pve1',
    storage: STORAGE,
    bridge: 'vmbr0',
    cores: 2,
    memoryMiB: 2048,
    diskGiB: 10,
  };
  return {
    listen: { host: '127.0.0.1', port: 0 },
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
      {
        id: 'local-lvm',
        type: 'lvmthin',
        content: ['images', 'rootdir'],
        shared: false,
        totalGiB: 500,
      },
    ],
    bridges: ['vmbr0'],
    pools,
    templates: [
      {
        ...template,
        vmid: TEMPLATE,
        name: 'k8s-1.36-debian12',
        rootfs: 'golden',
      },
      { ...template, vmid: 9001, name: 'debian12-plain', rootfs: 'plain' },
    ],
    access: leastPrivilegeAccess(TOKEN_SECRET, {
      pool: pools.map(({ id }) => id),
      template: [TEMPLATE, 9001],
      storage: [STORAGE],
      // The second one does not exist.
      bridge: ['vmbr0', 'vmbr1'],
    }),
    taskDurations: instantTaskDurations,
    unauthorizedDelayMs: 0,
    ...settings,
  };
}
