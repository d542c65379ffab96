import { randomUUID } from 'node:crypto';
import { mockServices } from '@backstage/backend-test-utils';
import type { EntityProviderMutation } from '@backstage/plugin-catalog-node';
import type { EventsService } from '@backstage/plugin-events-node';
import {
  type Cluster,
  KubesmithApiError,
} from '@kubesmith/plugin-kubesmith-common';
import type { KubesmithService } from '@kubesmith/plugin-kubesmith-node';
import { aCluster, anEnvironment } from '../__testUtils__/records';
import { ClusterEntityProvider } from './ClusterEntityProvider';

async function setUp(initial: Cluster[], listFailures = 0) {
  const records = new Map(initial.map(cluster => [cluster.id, cluster]));
  const mutations: EntityProviderMutation[] = [];
  const environments = [anEnvironment()];
  let failures = listFailures;
  const kubesmith = {
    listEnvironments: async () => {
      if (failures-- > 0) {
        throw new KubesmithApiError({ status: 503, message: 'starting' });
      }
      return { items: environments };
    },
    listClusters: async ({
      environment,
      limit = 100,
      offset = 0,
      search = '',
    }: { environment?: string } & Record<string, any>) => {
      const live = [...records.values()].filter(
        ({ name, phase, environment: place }) =>
          phase !== 'deleted' &&
          name.includes(search) &&
          (environment === undefined || environment === place),
      );
      return { items: live.slice(offset, offset + limit), total: live.length };
    },
    getCluster: async ({ clusterId }: { clusterId: string }) => {
      const found = records.get(clusterId);
      if (!found) {
        throw new KubesmithApiError({ status: 404, message: 'none' });
      }
      return found;
    },
  } as unknown as KubesmithService;
  let onEvent!: Parameters<EventsService['subscribe']>[0]['onEvent'];
  let refresh!: () => Promise<void>;
  const provider = new ClusterEntityProvider({
    auth: mockServices.auth(),
    events: {
      publish: async () => {},
      subscribe: async options => {
        onEvent = options.onEvent;
      },
    },
    kubesmith,
    logger: mockServices.logger.mock(),
    taskRunner: {
      run: async task => {
        refresh = async () => task.fn(new AbortController().signal);
      },
    },
    retry: { times: 3, delayMs: 1 },
  });
  await provider.connect({
    applyMutation: async mutation => void mutations.push(mutation),
    refresh: async () => {},
  });
  return {
    records,
    mutations,
    refresh: () => refresh(),
    environments,
    changed: (eventPayload: unknown) =>
      onEvent({ topic: 'kubesmith.clusters', eventPayload }),
    environmentChanged: (eventPayload: unknown) =>
      onEvent({ topic: 'kubesmith.environments', eventPayload }),
  };
}

const namesOf = (mutation: EntityProviderMutation) => {
  const entities =
    mutation.type === 'full' ? mutation.entities : mutation.added;
  return entities.map(({ entity }) => entity.metadata.name);
};

describe('ClusterEntityProvider', () => {
  it('gives all environments and clusters at once, page by page', async () => {
    const many = Array.from({ length: 1001 }, (_, index) =>
      aCluster({ id: randomUUID(), name: `c-${index}` }),
    );
    const { mutations, refresh } = await setUp(many);
    await refresh();
    expect(mutations).toHaveLength(1);
    expect(mutations[0].type).toBe('full');
    const names = namesOf(mutations[0]);
    expect(names).toHaveLength(1002);
    expect(new Set(names).size).toBe(1002);
    expect(names[0]).toBe('distributed-systems-2026');
  });

  it('tries again while the backend starts, and never removes everything because of it', async () => {
    const { mutations, refresh } = await setUp([aCluster()], 2);
    await refresh();
    expect(mutations.map(namesOf)).toEqual([
      ['distributed-systems-2026', 'distributed-systems-2026.demo'],
    ]);
    const failing = await setUp([aCluster()], 9);
    await expect(failing.refresh()).rejects.toThrow('starting');
    expect(failing.mutations).toEqual([]);
  });

  it('adds, changes and removes the cluster that an event names', async () => {
    const cluster = aCluster();
    const { changed, mutations, records } = await setUp([cluster]);
    await changed({ clusterId: cluster.id });
    records.set(cluster.id, { ...cluster, phase: 'ready' });
    await changed({ clusterId: cluster.id });
    records.set(cluster.id, { ...cluster, phase: 'deleted' });
    await changed({ clusterId: cluster.id });
    expect(mutations).toMatchObject([
      {
        type: 'delta',
        added: [{ entity: { spec: { lifecycle: 'experimental' } } }],
        removed: [],
      },
      {
        type: 'delta',
        added: [
          {
            entity: {
              metadata: {
                annotations: {
                  'kubesmith.io/environment-owner': 'group:default/instructors',
                },
              },
              spec: { lifecycle: 'production' },
            },
            locationKey: 'kubesmith',
          },
        ],
        removed: [],
      },
      {
        type: 'delta',
        added: [],
        removed: [
          {
            entityRef: 'resource:kubesmith/distributed-systems-2026.demo',
            locationKey: 'kubesmith',
          },
        ],
      },
    ]);
  });

  it('does not remove a new cluster that has the name of a deleted one', async () => {
    const old = aCluster({ id: randomUUID(), phase: 'deleted' });
    const successor = aCluster({ id: randomUUID() });
    const similar = aCluster({ id: randomUUID(), name: 'demo-2' });
    const { changed, mutations } = await setUp([old, similar, successor]);
    await changed({ clusterId: old.id });
    expect(mutations).toMatchObject([
      {
        added: [
          {
            entity: {
              metadata: {
                annotations: { 'kubesmith.io/cluster-id': successor.id },
              },
            },
          },
        ],
        removed: [],
      },
    ]);
  });

  it.each([undefined, {}, { clusterId: 5 }, { clusterId: '../clusters' }, 'x'])(
    'ignores the event %p',
    async payload => {
      const { changed, mutations } = await setUp([aCluster()]);
      await changed(payload);
      expect(mutations).toEqual([]);
    },
  );

  it('adds, changes and removes the environment that an event names', async () => {
    const { environmentChanged, environments, mutations } = await setUp([]);
    environments.push(anEnvironment({ name: 'new', title: 'New' }));
    await environmentChanged({ environment: 'new' });
    environments.pop();
    await environmentChanged({ environment: 'new' });
    expect(mutations).toMatchObject([
      {
        added: [{ entity: { kind: 'System', metadata: { title: 'New' } } }],
        removed: [],
      },
      {
        added: [],
        removed: [
          { entityRef: 'system:default/new', locationKey: 'kubesmith' },
        ],
      },
    ]);
  });

  it('tells of an environment’s clusters who runs them now', async () => {
    const { changed, environmentChanged, environments, mutations } =
      await setUp([
        aCluster(),
        aCluster({ id: randomUUID(), environment: 'b' }),
      ]);
    await changed({ clusterId: aCluster().id });
    environments[0] = anEnvironment({ owner: 'group:default/others' });
    await environmentChanged({ environment: environments[0].name });
    expect(mutations.slice(1).map(namesOf)).toEqual([
      ['distributed-systems-2026', 'distributed-systems-2026.demo'],
    ]);
    expect(mutations[1]).toMatchObject({
      added: [
        {},
        {
          entity: {
            metadata: {
              annotations: {
                'kubesmith.io/environment-owner': 'group:default/others',
              },
            },
          },
        },
      ],
    });
  });

  it('moves a cluster', async () => {
    const cluster = aCluster({ environment: 'research' });
    const { changed, mutations, records } = await setUp([cluster]);
    await changed({
      clusterId: cluster.id,
      formerEnvironment: 'distributed-systems-2026',
    });
    expect(mutations).toMatchObject([
      { added: [{ entity: { metadata: { name: 'research.demo' } } }] },
      {
        added: [],
        removed: [
          { entityRef: 'resource:kubesmith/distributed-systems-2026.demo' },
        ],
      },
    ]);
    const successor = aCluster({ id: randomUUID() });
    records.set(successor.id, successor);
    await changed({
      clusterId: cluster.id,
      formerEnvironment: 'distributed-systems-2026',
    });
    expect(mutations[3]).toMatchObject({ removed: [] });
    // It is still there: nobody may make the catalog forget it.
    await changed({ clusterId: cluster.id, formerEnvironment: 'research' });
    expect(mutations).toHaveLength(5);
  });

  it.each([undefined, {}, { environment: 5 }, { environment: 'A/../b' }])(
    'ignores the event about environments %p',
    async payload => {
      const { environmentChanged, mutations } = await setUp([]);
      await environmentChanged(payload);
      expect(mutations).toEqual([]);
    },
  );

  it('ignores clusters that are not there', async () => {
    const { changed, mutations } = await setUp([]);
    await changed({ clusterId: randomUUID() });
    expect(mutations).toEqual([]);
  });
});
