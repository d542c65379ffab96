import type {
  Cluster,
  Environment,
  FieldProblem,
} from '@kubesmith/plugin-kubesmith-common';

/** An environment with two sizes and 50 of 53 addresses free. */
export function anEnvironment(values: Partial<Environment> = {}): Environment {
  return {
    name: 'course',
    title: 'The course',
    description: 'For students.',
    owner: 'group:default/instructors',
    entityRef: 'system:default/course',
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
      { name: 'large', title: 'Large', vcpu: 8, memoryMiB: 8192, diskGiB: 80 },
    ],
    kubernetesVersions: ['1.36.3', '1.35.6'],
    cni: 'kube-router',
    maxWorkers: 5,
    leaseDays: 90,
    maxLeaseDays: 360,
    ...values,
  };
}

/** A ready cluster that the user may delete. */
export function aCluster(values: Partial<Cluster> = {}): Cluster {
  return {
    id: '11111111-1111-4111-8111-111111111111',
    name: 'demo',
    environment: 'course',
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
    nodes: [],
    entityRef: 'resource:kubesmith/course.demo',
    createdAt: '2026-11-21T10:00:00.000Z',
    updatedAt: '2026-11-21T10:02:00.000Z',
    expiresAt: '2027-02-19T10:00:00.000Z',
    can: { delete: true, access: true },
    ...values,
  };
}

/** A mistake at a field, as the API names it. */
export function aProblem(field: string): FieldProblem {
  return {
    field,
    code: 'KUBESMITH-TEST',
    message: `The ${field} is wrong.`,
    remedy: 'Change it.',
  };
}

/** The order form, filled in without a mistake. */
export const formData = {
  name: 'demo',
  environment: 'course',
  owner: 'user:default/student-1',
  size: 'small',
  workers: 2,
  kubernetesVersion: '1.36.3',
};
