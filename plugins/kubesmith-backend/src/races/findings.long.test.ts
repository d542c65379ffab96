import { createTestDatabases } from '../__testUtils__/databases';
import { people } from '../__testUtils__/people';
import { eventually, statuses } from '../__testUtils__/replicas/RaceScene';
import { raceConfigData } from '../__testUtils__/replicas/raceConfig';
import { useRaceScene } from '../__testUtils__/replicas/useRaceScene';
import type { Answer } from '../__testUtils__/replicas/Replicas';
import { formatMarker } from '../tools/proxmox/marker';

jest.setTimeout(15 * 60_000);

const databases = createTestDatabases();
const { admin } = people;
const PRESSED = 8;

/** Two processes on one database that look for differences at the same time. */
describe.each(databases.eachSupportedId())(
  'Looks that race on %s',
  databaseId => {
    const scene = useRaceScene(databaseId, 2);

    /** All press at once; returns when nobody looks any more. */
    async function look() {
      const { replicas } = scene();
      const before = await replicas.call(0, 'GET', '/v1/findings', admin);
      const answers: Answer[] = await Promise.all(
        Array.from({ length: PRESSED }, (_, index) =>
          replicas.call(index, 'POST', '/v1/findings/look', admin),
        ),
      );
      expect(statuses(answers)).toEqual([202]);
      return eventually(async () => {
        const { body } = await replicas.call(0, 'GET', '/v1/findings', admin);
        return (
          !body.isLooking && body.lookedAt !== before.body.lookedAt && body
        );
      }, 'the end of a look');
    }

    it('removes what is left of a deleted cluster once', async () => {
      const { lab, replicas } = scene();
      const { body } = await scene().order(0, people.student1);
      await scene().over(body.operation.id);
      const { environment, id } = body.cluster;
      const { proxmox } = raceConfigData(lab.connection).environments.find(
        ({ name }) => name === environment,
      )!;
      const deletion = await scene().remove(1, id);
      await scene().over(deletion.body.operation.id);
      // The engine of these tests makes and removes no machines: here they are, as if the deletion had forgotten them.
      const nodes = await replicas.knex('nodes').where({ cluster_id: id });
      for (const node of nodes) {
        await lab.control('POST', 'strangers', {
          vmid: node.vmid,
          name: node.name,
          node: node.host,
          pool: proxmox.pool,
        });
        await lab.control('PATCH', `vms/${node.vmid}`, {
          config: {
            description: formatMarker({
              clusterId: id,
              nodeName: node.name,
              operationId: node.operation_id,
            }),
          },
        });
      }
      const calls = await lab.now();
      const once = await look();
      expect(once.items.map(({ kind }: { kind: string }) => kind)).toEqual(
        nodes.map(() => 'orphan-machine'),
      );
      await replicas.knex('findings').update({ counted_at: 0 });
      await look();
      await eventually(
        async () => (await look()).items.length === 0,
        'the end of the findings',
      );
      const removed = (await lab.changes(calls))
        .filter(({ method }) => method === 'DELETE')
        .map(({ path }) => Number(path.split('/').at(-1)));
      expect(removed.sort()).toEqual(nodes.map(({ vmid }) => vmid).sort());
      const entries = await replicas
        .knex('audit_entries')
        .where({ action: 'finding.repair' });
      expect(entries).toHaveLength(nodes.length);
    });
  },
);
