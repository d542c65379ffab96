import { createTestDatabases } from '../__testUtils__/databases';
import { QuotaStore } from '../quotas/QuotaStore';
import { Quotas } from '../quotas/Quotas';
import { LabProxmox } from '../steps/__testUtils__/LabProxmox';
import { environment, Workbench } from '../steps/__testUtils__/workbench';
import { formatMarker } from '../tools/proxmox/marker';
import { ClusterMover } from './ClusterMover';
import { Environments } from './Environments';

jest.setTimeout(120_000);

const databases = createTestDatabases();
const NO_PROGRAM = '/nowhere/terraform';

/** Terraform is not there, so that our own calls have to prove each machine ours. With it: moveCluster.long.test.ts. */
describe.each(databases.eachSupportedId())(
  'A cluster that moved, on %s',
  databaseId => {
    const before = process.env.KUBESMITH_TEST_TERRAFORM;

    beforeAll(() => {
      process.env.KUBESMITH_TEST_TERRAFORM = NO_PROGRAM;
    });

    afterAll(() => {
      if (before === undefined) delete process.env.KUBESMITH_TEST_TERRAFORM;
      else process.env.KUBESMITH_TEST_TERRAFORM = before;
    });

    it('is still proven ours, and is deleted with all of its machines and nobody else’s', async () => {
      const lab = await LabProxmox.start();
      const knex = await databases.init(databaseId);
      const bench = await Workbench.create(knex, lab);
      try {
        const { clusters, operations } = bench.db;
        const { pools } = bench;
        const environments = new Environments(knex, []);
        const seminar = {
          ...environment,
          name: 'seminar',
          proxmox: {
            ...environment.proxmox,
            vmids: { first: 50_000, last: 50_099 },
          },
        };
        await environments.mirror([environment, seminar], { knex, pools });
        bench.services.environments = environments;
        const free = await pools.usage('lab');

        const { clusterId, operationId } = await bench.order('demo');
        await knex('operations').update({ status: 'succeeded' });
        const nodes = await clusters.nodes(clusterId);
        for (const node of nodes) {
          await lab.stranger(node.vmid, {
            node: node.host,
            name: node.name,
            pool: environment.proxmox.pool,
          });
          await lab.control('PATCH', `vms/${node.vmid}`, {
            config: {
              smbios1: `uuid=${node.smbiosUuid}`,
              description: formatMarker({
                clusterId,
                nodeName: node.name,
                operationId,
              }),
            },
          });
        }
        await clusters.markReady(clusterId);
        const stranger = await lab.stranger(49_999, {
          pool: environment.proxmox.pool,
        });

        const mover = new ClusterMover({
          clusters,
          knex,
          operations,
          people: {
            // Asked before the transaction.
            async claimsOf(ref) {
              await knex('clusters').update({
                environment_owner: 'group:default/others',
              });
              return [ref];
            },
          },
          pools,
          quotas: new Quotas({ knex, store: new QuotaStore(knex) }),
          store: environments.store,
        });
        // Between the look at the rights and the move, somebody else may get the cluster.
        const lost = mover.move(clusterId, 'seminar', cluster => {
          throw new Error(`not theirs: ${cluster.environmentOwner}`);
        });
        await expect(lost).rejects.toThrow('not theirs: group:default/others');
        expect(await clusters.get(clusterId)).toMatchObject({
          environment: 'research',
        });
        const moved = mover.move(clusterId, 'seminar', () => {});
        expect(await moved).toBe('research');
        // The place that it came from is not needed any more.
        await environments.mirror([seminar], { knex, pools });
        expect(await environments.find('research')).toBeUndefined();

        bench.start();
        const deletion = await bench.deletion(clusterId);
        const removed = await bench.finished(deletion);
        expect(removed).toMatchObject({ status: 'succeeded' });
        expect(await bench.messages(deletion)).toContainEqual(
          expect.stringContaining('are removed without Terraform'),
        );
        expect([...(await lab.machines()).keys()]).toEqual([49_999]);
        expect(await lab.exactly(49_999)).toBe(stranger);
        expect(await pools.usage('lab')).toEqual(free);
      } finally {
        await bench.close();
        await lab.stop();
      }
    });
  },
);
