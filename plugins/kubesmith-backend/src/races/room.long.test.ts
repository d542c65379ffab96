import { createTestDatabases } from '../__testUtils__/databases';
import { people } from '../__testUtils__/people';
import {
  type RaceScene,
  eventually,
  statuses,
} from '../__testUtils__/replicas/RaceScene';
import { useRaceScene } from '../__testUtils__/replicas/useRaceScene';

jest.setTimeout(15 * 60_000);

const databases = createTestDatabases();
const { student1, student2 } = people;
const MANY = 64;
/** Machines of 4 GiB for which each host has room: 43 GiB, of which 2 are the host's and 1 is in reserve. */
const PER_HOST = 10;
const CLONES = 4;

/** Looks again and again, as somebody who watches the department; until told to stop. */
function watch(scene: RaceScene) {
  const seen = { mostClones: 0, mostOnHost: 0, looks: 0 };
  let stopped = false;
  const { knex } = scene.replicas;
  const look = async () => {
    const held = await knex('room_requests as r')
      .join('operations as o', 'o.id', 'r.operation_id')
      .where('r.state', 'granted')
      .whereNull('r.settled_at')
      .whereIn('o.status', ['queued', 'running', 'waiting'])
      .sum({ slots: 'r.slots' })
      .first();
    seen.mostClones = Math.max(seen.mostClones, Number(held?.slots ?? 0));
    const hosts = await knex('nodes as n')
      .join('room_requests as r', 'r.operation_id', 'n.operation_id')
      .where('r.state', 'granted')
      .whereNotNull('n.live_vmid')
      .groupBy('n.host')
      .count({ machines: '*' });
    for (const { machines } of hosts)
      seen.mostOnHost = Math.max(seen.mostOnHost, Number(machines));
    seen.looks += 1;
  };
  const done = (async () => {
    while (!stopped) {
      await look();
      await new Promise(resolve => setTimeout(resolve, 25));
    }
  })();
  return async () => {
    stopped = true;
    await done;
    return seen;
  };
}

/** Four processes on one database, in a department that is too small for all that is ordered. */
describe.each(databases.eachSupportedId())(
  'A full department on %s',
  databaseId => {
    const scene = useRaceScene(databaseId, 4, {
      memoryGiB: 4 * PER_HOST + 3,
      clonesAtOnce: CLONES,
    });

    it('takes 64 orders at once, promises what there is, and builds all in the end', async () => {
      const stop = watch(scene());
      const answers = await Promise.all(
        Array.from({ length: MANY }, (_, index) =>
          scene().order(index, index % 2 ? student1 : student2, { workers: 0 }),
        ),
      );
      expect(statuses(answers)).toEqual([201]);
      const waiting = new Map(
        answers.map(({ body }) => [body.operation.id, body.cluster.id]),
      );
      let built = 0;
      while (waiting.size > 0) {
        const ready: string[] = await eventually(async () => {
          const rows = await scene()
            .replicas.knex('operations')
            .whereIn('id', [...waiting.keys()])
            .where({ status: 'succeeded' })
            .select('id');
          return rows.length > 0 && rows.map(({ id }) => id);
        }, 'clusters that are ready');
        built += ready.length;
        // They make room for others.
        await Promise.all(
          ready.map(async (id, index) => {
            await scene().remove(index, waiting.get(id)!, people.admin);
            waiting.delete(id);
          }),
        );
      }
      expect(built).toBe(MANY);
      const seen = await stop();
      expect(seen.looks).toBeGreaterThan(10);
      expect(seen.mostClones).toBeLessThanOrEqual(CLONES);
      expect(seen.mostOnHost).toBeLessThanOrEqual(PER_HOST);
      // Nobody was kept waiting for nothing either.
      expect(seen.mostClones).toBe(CLONES);
    });

    it('queues what does not fit: each has a place, nothing fails, and nothing runs before its turn', async () => {
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          scene().order(index, student1, { workers: 0 }),
        ),
      );
      expect(statuses(answers)).toEqual([201]);
      const ids = answers.map(({ body }) => body.operation.id as string);
      const { knex } = scene().replicas;
      await eventually(async () => {
        const rows = await knex('operations')
          .whereIn('id', ids)
          .where({ status: 'succeeded' });
        return rows.length === 3 * PER_HOST;
      }, 'a full department');
      const rest = await eventually(async () => {
        const operations = await Promise.all(
          ids.map(id => scene().operation(id)),
        );
        const left = operations.filter(({ status }) => status === 'waiting');
        const places = left.map(({ queue }) => queue?.position);
        return (
          new Set(places).size === 10 &&
          left.every(({ queue }) => queue?.of === 10) &&
          left
        );
      }, 'places in the queue');
      for (const { id, queue } of rest) {
        expect(queue).toMatchObject({ of: 10, reason: 'memory' });
        const begun = (await scene().replicas.performed()).filter(
          line => line.operationId === id,
        );
        expect(begun).toEqual([]);
      }
      // The leases that end let it tell when.
      expect(rest[0].queue.estimate).toBeDefined();
    });

    it('lets somebody who comes late have a turn before those who ordered a lot', async () => {
      await scene().replicas.hold('machines');
      const many = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          scene().order(index, student1, { workers: 0 }),
        ),
      );
      expect(statuses(many)).toEqual([201]);
      const machinesBegun = async () =>
        (await scene().replicas.performed()).filter(
          ({ step, what }) => step === 'machines' && what === 'begun',
        );
      await eventually(
        async () =>
          (
            await machinesBegun()
          ).filter(({ operationId }) =>
            many.some(({ body }) => body.operation.id === operationId),
          ).length >= CLONES,
        'as many clones as may be',
      );
      const late = await scene().order(1, student2, { workers: 0 });
      expect(late.status).toBe(201);
      await scene().replicas.letGo('machines');
      expect(await scene().over(late.body.operation.id)).toMatchObject({
        status: 'succeeded',
      });
      const turns: Array<{
        owner: string;
        queued_at: number | string;
        granted_at: number | string;
      }> = await scene()
        .replicas.knex('room_requests')
        .whereIn(
          'operation_id',
          [late, ...many].map(({ body }) => body.operation.id),
        )
        .orderBy('granted_at');
      const own = turns.find(({ owner }) => owner === student2)!;
      const ahead = turns.filter(
        turn =>
          turn !== own &&
          Number(turn.granted_at) > Number(own.queued_at) &&
          Number(turn.granted_at) < Number(own.granted_at),
      );
      expect(ahead).toEqual([]);
    });
  },
);
