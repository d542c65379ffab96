import { createTestDatabases, openStores } from '../../__testUtils__/databases';
import { orderService } from '../../__testUtils__/orderService';
import { InMemoryHypervisor } from '../../__testUtils__/doubles';
import { asOrderer } from '../../__testUtils__/orderer';
import type { Context } from '../services';
import type { Finding } from './survey';
import { takeOtherAddresses } from './takenAddresses';

jest.setTimeout(120_000);

const databases = createTestDatabases();

describe.each(databases.eachSupportedId())(
  'takeOtherAddresses on %s',
  databaseId => {
    /** A reserved cluster of two nodes at 10.40.19.202 and .203, and a network on which `strangers` answer. */
    async function setUp(strangers: string[]) {
      const stores = await openStores(await databases.init(databaseId));
      const { clusters, knex, operations } = stores;
      const { orders } = orderService(stores, new InMemoryHypervisor());
      const { clusterId, operationId } = await orders.place(
        {
          name: 'demo',
          environment: 'distributed-systems-2026',
          size: 'small',
          workers: 1,
        },
        {
          caller: asOrderer({
            userRef: 'user:default/student-1',
            claims: ['group:default/students'],
          }),
          requestKey: 'key',
        },
      );
      const asked: string[] = [];
      const context = {
        cluster: await clusters.get(clusterId),
        operation: await operations.get(operationId),
        signal: new AbortController().signal,
        journal: (write: any) => knex.transaction(write),
        services: {
          ...stores,
          probe: async (address: string) => {
            asked.push(address);
            return strangers.includes(address)
              ? 'answers on port 22'
              : undefined;
          },
        },
      } as unknown as Context;
      const look = async (states: Finding['state'][] = ['absent', 'absent']) =>
        takeOtherAddresses(
          context,
          (await clusters.nodes(clusterId)).map(
            (node, index) => ({ node, state: states[index] } as Finding),
          ),
        );
      const addresses = async () => [
        (await clusters.get(clusterId))!.vip,
        ...(await clusters.nodes(clusterId)).map(node => node.ipAddress),
      ];
      const replaced = async () =>
        (await operations.events(operationId, { after: 0, limit: 50 }))
          .filter(({ code }) => code === 'KUBESMITH-ADDRESS-REPLACED')
          .map(({ message }) => message);
      return { ...stores, clusterId, asked, look, addresses, replaced };
    }

    it('changes nothing when nobody answers', async () => {
      const { addresses, asked, look, replaced } = await setUp([]);
      await expect(look()).resolves.toBe(false);
      expect(asked.sort()).toEqual([
        '10.40.19.201',
        '10.40.19.202',
        '10.40.19.203',
      ]);
      expect(await addresses()).toEqual([
        '10.40.19.201',
        '10.40.19.202',
        '10.40.19.203',
      ]);
      expect(await replaced()).toEqual([]);
    });

    it('gives others to nodes and API, and keeps those that answer out of the pool', async () => {
      const { addresses, knex, look, pools, replaced } = await setUp([
        '10.40.19.201',
        '10.40.19.203',
        // The next ones that they would get.
        '10.40.19.204',
      ]);
      await expect(look()).resolves.toBe(true);
      const now = await addresses();
      expect(now).toHaveLength(3);
      expect(new Set(now).size).toBe(3);
      expect(now[1]).toBe('10.40.19.202');
      for (const foreign of ['10.40.19.201', '10.40.19.203', '10.40.19.204'])
        expect(now).not.toContain(foreign);
      expect(await replaced()).toEqual(
        expect.arrayContaining([
          expect.stringMatching(
            /^Somebody else uses the address 10\.40\.19\.203 that was reserved for demo-w-1: it answers on port 22\. demo-w-1 gets 10\.40\.19\.\d+\.$/,
          ),
          expect.stringContaining('that was reserved for the Kubernetes API'),
        ]),
      );
      await expect(pools.usage('lab')).resolves.toEqual({
        total: 53,
        free: 47,
      });
      expect(
        await knex('ip_addresses').where({ state: 'foreign' }),
      ).toHaveLength(3);
    });

    it('does not ask for machines that exist, nor for the API then', async () => {
      const { asked, look } = await setUp(['10.40.19.201', '10.40.19.202']);
      await expect(look(['ours', 'absent'])).resolves.toBe(false);
      expect(asked).toEqual(['10.40.19.203']);
    });

    it('gives up when somebody answers everywhere, and says what to do', async () => {
      const all = Array.from(
        { length: 53 },
        (_, index) => `10.40.19.${201 + index}`,
      );
      const { look } = await setUp(all);
      await expect(look()).rejects.toMatchObject({
        failure: {
          code: 'KUBESMITH-ADDRESS-FOREIGN',
          class: 'permanent',
          nextStep: expect.stringContaining('system administrator'),
        },
      });
    });

    it('moves no node that had a machine', async () => {
      const { addresses, clusterId, clusters, look } = await setUp([
        '10.40.19.203',
      ]);
      await clusters.updateNode(clusterId, 'demo-w-1', { state: 'running' });
      await expect(look()).rejects.toMatchObject({
        failure: { code: 'KUBESMITH-ADDRESS-FOREIGN' },
      });
      expect(await addresses()).toContain('10.40.19.203');
    });

    it('says so when the pool has no other address', async () => {
      const { knex, look, addresses } = await setUp(['10.40.19.202']);
      const before = await addresses();
      for (let address = 0; address <= 53; address++) {
        await knex('ip_addresses')
          .insert({
            pool_id: 'lab',
            address: 10 * 2 ** 24 + 40 * 2 ** 16 + 19 * 256 + 200 + address,
            state: 'held',
          })
          .onConflict(['pool_id', 'address'])
          .ignore();
      }
      await expect(look()).rejects.toMatchObject({
        failure: { code: 'KUBESMITH-ADDRESS-FOREIGN' },
      });
      expect(await addresses()).toEqual(before);
    });
  },
);
