import {
  clusterEntityRef,
  type Cluster,
  type Environment,
  type EnvironmentRecord,
  type Grant,
  type Lease,
  type Operation,
  type OperationPlan,
  type Share,
} from '@kubesmith/plugin-kubesmith-common';

/** A ready cluster with one worker for tests; says what the API would say. */
export function aCluster(values: Partial<Cluster> = {}): Cluster {
  const name = values.name ?? 'demo';
  const environment = values.environment ?? 'distributed-systems-2026';
  const size = { vcpu: 2, memoryMiB: 4096, diskGiB: 20 };
  return {
    id: '11111111-1111-4111-8111-111111111111',
    name,
    environment,
    owner: 'user:default/student-1',
    createdBy: 'user:default/student-1',
    phase: 'ready',
    spec: {
      size: 'small',
      controlPlanes: 1,
      workers: 1,
      kubernetesVersion: '1.36.3',
      cni: 'kube-router',
    },
    vip: '10.40.19.203',
    apiServerUrl: 'https://10.40.19.203:6443',
    nodes: [
      {
        ...size,
        name: `${name}-cp-1`,
        role: 'control-plane',
        state: 'ready',
        ipAddress: '10.40.19.201',
        vmid: 20000,
        host: 'pve1',
      },
      {
        ...size,
        name: `${name}-w-1`,
        role: 'worker',
        state: 'ready',
        ipAddress: '10.40.19.202',
        vmid: 20001,
        host: 'pve2',
      },
    ],
    entityRef: clusterEntityRef({ environment, name }),
    createdAt: '2026-11-21T10:00:00.000Z',
    updatedAt: '2026-11-21T10:02:00.000Z',
    readyAt: '2026-11-21T10:02:00.000Z',
    expiresAt: '2027-02-19T10:00:00.000Z',
    can: { delete: true, access: true, role: 'administrator', share: true },
    ...values,
  };
}

/** A creation in its second step for tests. */
export function aPlan(values: Partial<OperationPlan> = {}): OperationPlan {
  return {
    kind: 'transfer',
    summary: "The cluster 'demo' will belong to user:default/student-2",
    effects: [{ text: 'user:default/student-1 does not own it any more.' }],
    warnings: [],
    problems: [],
    steps: [{ title: 'Give it to its new owner', typicalSeconds: 1 }],
    fingerprint: 'as-agreed',
    ...values,
  };
}

export function anOperation(values: Partial<Operation> = {}): Operation {
  return {
    id: '22222222-2222-4222-8222-222222222222',
    clusterId: '11111111-1111-4111-8111-111111111111',
    kind: 'create',
    status: 'running',
    initiator: 'user:default/student-1',
    cancelRequested: false,
    createdAt: '2026-11-21T10:00:00.000Z',
    startedAt: '2026-11-21T10:00:01.000Z',
    steps: [
      {
        name: 'reserve',
        title: 'Reserve name and addresses',
        status: 'succeeded',
        attempt: 1,
        startedAt: '2026-11-21T10:00:00.000Z',
        finishedAt: '2026-11-21T10:00:01.000Z',
      },
      {
        name: 'machines',
        title: 'Create the machines',
        status: 'running',
        attempt: 1,
        startedAt: '2026-11-21T10:00:01.000Z',
        typicalSeconds: 20,
        progress: { percent: 50, message: 'Cloning', node: 'demo-w-1' },
      },
      {
        name: 'kubernetes',
        title: 'Install Kubernetes',
        status: 'pending',
        attempt: 0,
        typicalSeconds: 60,
      },
      {
        name: 'verify',
        title: 'Check the cluster',
        status: 'pending',
        attempt: 0,
      },
      { name: 'activate', title: 'Hand over', status: 'pending', attempt: 0 },
    ],
    ...values,
  };
}

/** The time of that cluster, of which 90 days are left and 360 may be had, for tests. */
export function aLease(values: Partial<Lease> = {}): Lease {
  return {
    clusterId: '11111111-1111-4111-8111-111111111111',
    state: 'running',
    expiresAt: '2027-02-19T10:00:00.000Z',
    latest: '2027-11-16T10:00:00.000Z',
    maxDays: 360,
    graceDays: 7,
    isClockDoubted: false,
    changes: [],
    notices: [],
    can: { extend: true, hold: false },
    ...values,
  };
}

/** A kubeconfig grant that is good for eight hours from `createdAt`, for tests. */
export function aGrant(values: Partial<Grant> = {}): Grant {
  return {
    id: '33333333-3333-4333-8333-333333333333',
    clusterId: '11111111-1111-4111-8111-111111111111',
    user: 'user:default/student-1',
    role: 'administrator',
    createdAt: '2026-11-21T10:05:00.000Z',
    expiresAt: '2026-11-21T18:05:00.000Z',
    active: true,
    canRevoke: true,
    ...values,
  };
}

/** A share of the whole cluster with a fellow student as viewer, for tests. */
export function aShare(values: Partial<Share> = {}): Share {
  return {
    id: '44444444-4444-4444-8444-444444444444',
    clusterId: '11111111-1111-4111-8111-111111111111',
    subject: 'user:default/student-2',
    role: 'viewer',
    until: '2099-12-21T10:00:00.000Z',
    createdAt: '2026-11-21T10:05:00.000Z',
    createdBy: 'user:default/student-1',
    ...values,
  };
}

/** An environment with two sizes and a large pool, for tests. */
export function anEnvironment(values: Partial<Environment> = {}): Environment {
  return {
    name: 'distributed-systems-2026',
    title: 'Distributed Systems 2026',
    description: 'Clusters of the course.',
    owner: 'group:default/instructors',
    entityRef: 'system:default/distributed-systems-2026',
    canOrder: true,
    pool: {
      name: 'lab',
      first: '10.40.19.201',
      last: '10.40.19.253',
      total: 53,
      free: 50,
    },
    sizes: [
      { name: 'small', title: 'Small', vcpu: 2, memoryMiB: 4096, diskGiB: 20 },
      {
        name: 'medium',
        title: 'Medium',
        vcpu: 4,
        memoryMiB: 8192,
        diskGiB: 40,
      },
    ],
    kubernetesVersions: ['1.36.3', '1.35.6'],
    cni: 'kube-router',
    maxWorkers: 19,
    leaseDays: 90,
    maxLeaseDays: 360,
    ...values,
  };
}

/** An environment as those see it who may change it. */
export function anEnvironmentRecord(
  values: Partial<EnvironmentRecord> = {},
): EnvironmentRecord {
  return {
    name: 'databases-2026',
    title: 'Databases 2026',
    owner: 'group:default/instructors',
    members: ['group:default/students', 'user:default/guest'],
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
      vmids: { first: 40_000, last: 40_099 },
    },
    sizes: ['small'],
    kubernetesVersions: ['1.36.3'],
    cni: 'kube-router',
    maxWorkers: 5,
    leaseDays: 30,
    maxLeaseDays: 60,
    graceDays: 3,
    source: 'portal',
    retired: false,
    version: 1,
    createdAt: '2026-11-21T12:00:00.000Z',
    updatedAt: '2026-11-21T12:00:00.000Z',
    clusters: 0,
    addresses: { total: 31, free: 31 },
    sharesPoolWith: [],
    can: { change: true, changeNetwork: true, delete: true },
    ...values,
  };
}
