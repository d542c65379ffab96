import { createTestDatabases } from '../__testUtils__/databases';
import { QuotaStore } from '../quotas/QuotaStore';
import { Quotas } from '../quotas/Quotas';
import { LabProxmox } from '../steps/__testUtils__/LabProxmox';
import {
  describeWithTerraform,
  environment,
  Workbench,
} from '../steps/__testUtils__/workbench';
import { ClusterMover } from './ClusterMover';
import { Environments } from './Environments';

jest.setTimeout(15 * 60_000);

const databases = createTestDatabases();

describeWithTerraform('A cluster that moved, with the real provider', () => {
  it('is still proven ours: completed, and deleted with all of its machines', async () => {
    const lab = await LabProxmox.start();
    const knex = await databases.init('SQLITE_3');
    const bench = await Workbench.create(knex, lab);
    try {
      const { clusters, operations } = bench.db;
      const environments = new Environments(knex, []);
      const seminar = {
        ...environment,
        name: 'seminar',
        owner: 'group:default/researchers',
        proxmox: {
          ...environment.proxmox,
          vmids: { first: 50_000, last: 50_099 },
        },
      };
      await environments.mirror([environment, seminar], {
        knex,
        pools: bench.pools,
      });
      bench.services.environments = environments;
      const before = await bench.pools.usage('lab');

      const { clusterId, operationId } = await bench.order('demo');
      bench.start();
      const created = await bench.finished(operationId);
      expect(created.status).toBe('succeeded');
      const made = await lab.machines();
      expect(made.size).toBe(2);

      const mover = new ClusterMover({
        clusters,
        knex,
        operations,
        people: { claimsOf: async ref => [ref] },
        pools: bench.pools,
        quotas: new Quotas({ knex, store: new QuotaStore(knex) }),
        store: environments.store,
      });
      expect(await mover.move(clusterId, 'seminar', () => {})).toBe('research');
      expect(await clusters.get(clusterId)).toMatchObject({
        environment: 'seminar',
        environmentOwner: 'group:default/researchers',
      });
      // The old place is not needed any more.
      await environments.mirror([seminar], { knex, pools: bench.pools });
      expect(await environments.find('research')).toBeUndefined();

      // Looking again makes no machine a second time.
      await bench.repeatMachines(operationId);
      expect((await bench.finished(operationId)).status).toBe('succeeded');
      expect([...(await lab.machines()).keys()]).toEqual([...made.keys()]);

      const removed = await bench.finished(await bench.deletion(clusterId));
      expect(removed.status).toBe('succeeded');
      expect((await lab.machines()).size).toBe(0);
      expect(await bench.pools.usage('lab')).toEqual(before);
    } finally {
      await bench.close();
      await lab.stop();
    }
  });
});
