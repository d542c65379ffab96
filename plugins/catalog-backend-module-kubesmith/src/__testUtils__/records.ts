import type { Cluster, Environment } from '@kubesmith/plugin-kubesmith-common';

/** A cluster as the API shows it, for tests. */
export function aCluster(change: Partial<Cluster> = {}): Cluster {
  const name = change.name ?? 'demo';
  const environment = change.environment ?? 'distributed-systems-2026';
  return {
    id: '6f0c1c57-7a30-4b16-8d1f-2d3e11a2e0aa',
    name,
    environment,
    owner: 'group:default/students',
    createdBy: 'user:default/student-1',
    phase: 'reserved',
    spec: {
      size: 'small',
      controlPlanes: 1,
      workers: 2,
      kubernetesVersion: '1.36.3',
      cni: 'kube-router',
    },
    vip: '10.40.19.201',
    apiServerUrl: 'https://10.40.19.201:6443',
    nodes: [],
    entityRef: `resource:kubesmith/${environment}.${name}`,
    createdAt: '2026-11-21T12:00:00.000Z',
    updatedAt: '2026-11-21T12:00:00.000Z',
    expiresAt: '2027-02-19T12:00:00.000Z',
    can: { delete: true, access: true },
    ...change,
  };
}

/** An environment as the API shows it, for tests. */
export function anEnvironment(change: Partial<Environment> = {}): Environment {
  return {
    name: 'distributed-systems-2026',
    title: 'Distributed Systems 2026',
    owner: 'group:default/instructors',
    entityRef: 'system:default/distributed-systems-2026',
    canOrder: false,
    pool: {
      name: 'lab',
      first: '10.40.19.201',
      last: '10.40.19.253',
      total: 53,
      free: 53,
    },
    sizes: [],
    kubernetesVersions: ['1.36.3'],
    cni: 'kube-router',
    maxWorkers: 19,
    leaseDays: 90,
    maxLeaseDays: 360,
    ...change,
  };
}
