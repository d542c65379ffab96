import {
  type Entity,
  makeValidator,
  parseEntityRef,
  resourceEntityV1alpha1Validator,
  stringifyEntityRef,
} from '@backstage/catalog-model';
import { hostileTexts } from '@kubesmith/hostile-texts';
import { aCluster } from '../__testUtils__/records';
import { toClusterEntity } from './toEntities';

const validator = makeValidator();

/** Whether the catalog takes an entity, by the rules of its own processors. */
async function isTaken(entity: Entity): Promise<boolean> {
  const { metadata } = entity;
  return (
    validator.isValidEntityName(metadata.name) &&
    validator.isValidNamespace(metadata.namespace) &&
    Object.entries(metadata.labels ?? {}).every(
      ([key, value]) =>
        validator.isValidLabelKey(key) && validator.isValidLabelValue(value),
    ) &&
    Object.entries(metadata.annotations ?? {}).every(
      ([key, value]) =>
        validator.isValidAnnotationKey(key) &&
        validator.isValidAnnotationValue(value),
    ) &&
    (metadata.tags ?? []).every(tag => validator.isValidTag(tag)) &&
    (await resourceEntityV1alpha1Validator.check(entity).catch(() => false))
  );
}

describe('hostile texts in a cluster', () => {
  it.each(['name', 'environment'] as const)(
    'as %s give the entity of that name or one that the catalog refuses',
    async field => {
      const taken: { name: string; entity: Entity }[] = [];
      for (const text of hostileTexts) {
        const cluster = aCluster({ [field]: text });
        const entity = toClusterEntity(cluster);
        const name = `${cluster.environment}.${cluster.name}`;
        expect(entity.metadata.name).toBe(name);
        expect(entity.spec.owner).toBe(cluster.owner);
        if (await isTaken(entity)) taken.push({ name, entity });
      }
      // Such as `true` and `constructor`.
      expect(taken.length).toBeLessThan(hostileTexts.length / 4);
      for (const { name, entity } of taken) {
        expect(name).toMatch(/^[A-Za-z0-9._-]{1,63}$/);
        expect(parseEntityRef(stringifyEntityRef(entity))).toEqual({
          kind: 'resource',
          namespace: 'kubesmith',
          name: name.toLocaleLowerCase('en-US'),
        });
      }
    },
  );

  it('as owner or creator belong to nobody else', async () => {
    for (const text of hostileTexts) {
      const { metadata, spec } = toClusterEntity(
        aCluster({ owner: text, createdBy: text }),
      );
      expect(spec.owner).toBe(text);
      expect(metadata.annotations!['kubesmith.io/created-by']).toBe(text);
      expect([undefined, text.replace(/[:/]/g, '.')]).toContain(
        metadata.labels!['kubesmith.io/creator'],
      );
      expect(
        validator.isValidLabelValue(
          metadata.labels!['kubesmith.io/creator'] ?? 'none',
        ),
      ).toBe(true);
      expect(metadata.name).toBe('distributed-systems-2026.demo');
    }
  });

  it('in everything that an order says give an entity that the catalog takes', async () => {
    for (const text of hostileTexts) {
      const cluster = aCluster();
      const entity = toClusterEntity({
        ...cluster,
        apiServerCa: text,
        spec: {
          ...cluster.spec,
          size: text,
          kubernetesVersion: text,
          cni: text,
          reason: text,
        },
      });
      expect({ text, taken: await isTaken(entity) }).toEqual({
        text,
        taken: true,
      });
      expect(entity.spec).toEqual(toClusterEntity(cluster).spec);
      // The reason is for the records: the catalog shows entities to everybody.
      const plain = { ...cluster, spec: { ...cluster.spec, reason: text } };
      expect(toClusterEntity(plain)).toEqual(toClusterEntity(cluster));
    }
  });
});
