import {
  makeValidator,
  resourceEntityV1alpha1Validator,
  systemEntityV1alpha1Validator,
} from '@backstage/catalog-model';
import { aCluster, anEnvironment } from '../__testUtils__/records';
import { toClusterEntity, toEnvironmentEntity } from './toEntities';

const validator = makeValidator();

describe('toClusterEntity', () => {
  it('mirrors what policies may match', () => {
    const entity = toClusterEntity(
      aCluster({ apiServerCa: 'PEM', phase: 'ready' }),
    );
    expect(entity).toMatchObject({
      kind: 'Resource',
      metadata: {
        namespace: 'kubesmith',
        name: 'distributed-systems-2026.demo',
        title: 'demo',
        description:
          'Kubernetes 1.36.3, 1 control plane and 2 workers, size small',
        annotations: {
          'kubesmith.io/cluster-id': '6f0c1c57-7a30-4b16-8d1f-2d3e11a2e0aa',
          'kubesmith.io/created-by': 'user:default/student-1',
          'kubernetes.io/api-server': 'https://10.40.19.201:6443',
          'kubernetes.io/api-server-certificate-authority':
            Buffer.from('PEM').toString('base64'),
        },
        labels: {
          'kubesmith.io/environment': 'distributed-systems-2026',
          'kubesmith.io/phase': 'ready',
          'kubesmith.io/creator': 'user.default.student-1',
        },
        tags: ['kubernetes-1-36', 'kube-router', 'size-small'],
      },
      spec: {
        type: 'kubernetes-cluster',
        owner: 'group:default/students',
        system: 'system:default/distributed-systems-2026',
        lifecycle: 'production',
      },
    });
  });

  it('says with whom it is shared, each once', async () => {
    expect(toClusterEntity(aCluster()).spec).not.toHaveProperty('sharedWith');
    const entity = toClusterEntity(
      aCluster({
        sharedWith: [
          { subject: 'user:default/student-2', role: 'viewer' },
          { subject: 'group:default/tutors', role: 'editor' },
          { subject: 'user:default/student-2', role: 'editor' },
        ],
      }),
    );
    expect(entity.spec.sharedWith).toEqual([
      'user:default/student-2',
      'group:default/tutors',
    ]);
    await expect(resourceEntityV1alpha1Validator.check(entity)).resolves.toBe(
      true,
    );
  });

  it.each([
    ['reserved', 'experimental'],
    ['failed', 'experimental'],
    ['deleting', 'deprecated'],
  ] as const)('shows the phase %s as %s', (phase, lifecycle) => {
    const entity = toClusterEntity(aCluster({ phase }));
    expect(entity.spec.lifecycle).toBe(lifecycle);
    expect(entity.metadata.annotations).not.toHaveProperty(
      'kubernetes.io/api-server-certificate-authority',
    );
  });

  it('is an entity that the catalog takes, also with the longest names', async () => {
    const environment = `e${'x'.repeat(39)}`;
    const longest = aCluster({
      environment,
      name: `c${'y'.repeat(21)}`,
      createdBy: `user:default/${'z'.repeat(60)}`,
      spec: { ...aCluster().spec, size: 'X_Large.2', workers: 0 },
    });
    for (const cluster of [aCluster(), longest]) {
      const entity = toClusterEntity(cluster);
      await expect(resourceEntityV1alpha1Validator.check(entity)).resolves.toBe(
        true,
      );
      const { metadata } = entity;
      expect(validator.isValidEntityName(metadata.name)).toBe(true);
      expect(validator.isValidNamespace(metadata.namespace)).toBe(true);
      for (const [key, value] of Object.entries(metadata.labels!)) {
        expect(validator.isValidLabelKey(key)).toBe(true);
        expect(validator.isValidLabelValue(value)).toBe(true);
      }
      for (const [key, value] of Object.entries(metadata.annotations!)) {
        expect(validator.isValidAnnotationKey(key)).toBe(true);
        expect(validator.isValidAnnotationValue(value)).toBe(true);
      }
      for (const tag of metadata.tags!) {
        expect(validator.isValidTag(tag)).toBe(true);
      }
    }
    expect(toClusterEntity(longest).metadata.labels).not.toHaveProperty(
      'kubesmith.io/creator',
    );
  });
});

describe('toEnvironmentEntity', () => {
  it('is a system that the catalog takes', async () => {
    const entity = toEnvironmentEntity(anEnvironment());
    expect(entity).toMatchObject({
      kind: 'System',
      metadata: {
        name: 'distributed-systems-2026',
        title: 'Distributed Systems 2026',
      },
      spec: { owner: 'group:default/instructors' },
    });
    await expect(systemEntityV1alpha1Validator.check(entity)).resolves.toBe(
      true,
    );
  });
});
