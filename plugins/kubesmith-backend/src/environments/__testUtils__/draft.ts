import type { EnvironmentDraft } from '@kubesmith/plugin-kubesmith-common';

/** A whole environment as the page sends it, with a pool and ids of its own. */
export function aDraft(
  change: Partial<EnvironmentDraft> = {},
): EnvironmentDraft {
  return {
    name: 'databases-2026',
    title: 'Databases 2026',
    description: 'For the course on databases.',
    owner: 'group:default/instructors',
    members: ['group:default/students'],
    pool: {
      name: 'databases',
      cidr: '10.42.0.0/24',
      first: '10.42.0.10',
      last: '10.42.0.40',
      gateway: '10.42.0.1',
      dnsServers: ['10.42.0.1'],
      quarantineMinutes: 5,
    },
    proxmox: {
      pool: 'kubesmith-databases',
      hosts: ['pve1', 'pve2'],
      templateVmid: 9000,
      datastore: 'shared-ssd',
      bridge: 'vmbr1',
      vlan: 42,
      vmids: { first: 40_000, last: 40_099 },
    },
    sizes: ['small'],
    kubernetesVersions: ['1.36.3'],
    cni: 'kube-router',
    maxWorkers: 5,
    leaseDays: 30,
    maxLeaseDays: 60,
    graceDays: 3,
    ...change,
  };
}

/** The draft's pool with other values. */
export function withPool(
  change: Partial<NonNullable<EnvironmentDraft['pool']>>,
  draft: EnvironmentDraft = aDraft(),
): EnvironmentDraft {
  return { ...draft, pool: { ...draft.pool, ...change } };
}

/** The draft's place in Proxmox with other values. */
export function withProxmox(
  change: Partial<NonNullable<EnvironmentDraft['proxmox']>>,
  draft: EnvironmentDraft = aDraft(),
): EnvironmentDraft {
  return { ...draft, proxmox: { ...draft.proxmox, ...change } };
}
