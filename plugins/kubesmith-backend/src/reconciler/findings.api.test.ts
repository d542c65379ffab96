import { randomUUID } from 'node:crypto';
import { createTestDatabases } from '../__testUtils__/databases';
import { as, people, startKubesmith } from '../__testUtils__/startKubesmith';
import {
  engineDatabase,
  eventually,
} from '../engine/__testUtils__/engineDatabase';
import { parseIpv4 } from '../pools/ipv4';
import { STATE_SECRET } from '../steps/custodyOf';
import { PveError } from '../tools/proxmox/PveError';
import { noMachines } from './__testUtils__/noMachines';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const ADMIN = as(people.admin);
const STAFF = as(people.instructor);

describe.each(databases.eachSupportedId())(
  'Findings over the API on %s',
  id => {
    let backend: { stop(): Promise<void> } | undefined;
    afterEach(async () => {
      await backend?.stop();
      backend = undefined;
    });

    async function setUp() {
      const machines = { ...noMachines.machines };
      const portal = await startKubesmith(await databases.init(id), {
        outside: { machines },
      });
      backend = portal.backend;
      const { clusters, knex } = portal.stores;
      const db = await engineDatabase(knex);
      /** A ready cluster in an environment, whose machines are gone. */
      const lost = async (name: string, environment: string) => {
        const { clusterId, operationId } = await db.order({ name });
        await knex('clusters').where({ id: clusterId }).update({ environment });
        await knex('operations')
          .where({ id: operationId })
          .update({ status: 'succeeded', finished_at: 1 });
        await clusters.markReady(clusterId);
        await portal.stores.secrets.put(clusterId, STATE_SECRET, '{}');
        return clusterId;
      };
      const look = async (authorization: string) => {
        const before = (await portal.get('/v1/findings', authorization)).body;
        const answer = await portal.post('/v1/findings/look', authorization);
        expect(answer.status).toBe(202);
        return eventually(async () => {
          const { body } = await portal.get('/v1/findings', authorization);
          return !body.isLooking && body.lookedAt !== before.lookedAt && body;
        }, 'the end of a look');
      };
      return { ...portal, look, lost, machines };
    }

    it('should show to each who looks after an environment what is found there', async () => {
      const { auditEntries, get, look, lost } = await setUp();
      const clusterId = await lost('one', 'distributed-systems-2026');
      await lost('two', 'research');
      const found = await look(STAFF);
      expect(found.environments).toEqual([
        {
          name: 'distributed-systems-2026',
          title: 'Distributed Systems 2026',
          answered: true,
          lookedAt: expect.stringMatching(/Z$/),
        },
      ]);
      expect(found.items).toHaveLength(2);
      expect(found.items[0]).toMatchObject({
        kind: 'machine-missing',
        clusterId,
        environment: 'distributed-systems-2026',
        sightings: 1,
        repairsItself: false,
        nextStep: expect.stringMatching(/backup/),
      });
      const all = (await get('/v1/findings', ADMIN)).body;
      expect(all.items).toHaveLength(4);
      const one = await get('/v1/findings?environment=research', ADMIN);
      expect(one.body.items).toHaveLength(2);
      const none = await get('/v1/findings?kind=orphan-machine', ADMIN);
      expect(none.body.items).toEqual([]);
      expect(auditEntries).toContainEqual(
        expect.objectContaining({
          eventId: 'finding-mutate',
          outcome: 'success',
        }),
      );
    });

    it('should name no cluster of another environment that shares a pool, and count it', async () => {
      const { get, look, lost, machines, stores } = await setUp();
      // Its addresses are of the pool of the course.
      const clusterId = await lost('secret', 'research');
      const [, worker] = await stores.clusters.nodes(clusterId);
      await stores.knex('ip_addresses').insert({
        pool_id: 'lab',
        address: parseIpv4(worker.ipAddress),
        state: 'bound',
        cluster_id: clusterId,
        slot: worker.name,
      });
      machines.addressesInUse = async () => [
        { vmid: 777, addresses: [worker.ipAddress] },
      ];
      machines.vms = async () => [
        {
          vmid: 778,
          name: 'copy',
          node: 'pve1',
          status: 'running',
          pool: 'kubesmith-distributed-systems-2026',
          template: false,
        },
      ];
      machines.vmConfig = async () => ({
        description: `kubesmith cluster=${clusterId} node=secret-w-7 operation=${randomUUID()}`,
      });
      const found = await look(STAFF);
      expect(found.items).toEqual([]);
      expect(found.elsewhere).toBe(2);
      expect(JSON.stringify(found)).not.toContain('secret');
      const all = (await get('/v1/findings', ADMIN)).body;
      expect(all).not.toHaveProperty('elsewhere');
      const shared = all.items.filter(({ kind }: { kind: string }) =>
        ['address-in-use', 'unknown-machine'].includes(kind),
      );
      expect(shared).toHaveLength(2);
      for (const finding of shared)
        expect(finding).toMatchObject({
          environment: 'research',
          detail: expect.stringContaining('secret-w-'),
        });
      const asked = await get(`/v1/findings?clusterId=${clusterId}`, STAFF);
      expect(asked.body.items).toEqual([]);
      // What is over counts no more.
      await stores.knex('findings').update({ open_key: null, ended_at: 2 });
      const later = await get('/v1/findings', STAFF);
      expect(later.body).not.toHaveProperty('elsewhere');
    });

    it('should show nothing to others, and not look for them', async () => {
      const { get, lost, post } = await setUp();
      await lost('one', 'research');
      const { body } = await get('/v1/findings', as(people.student1));
      expect(body).toEqual({ items: [], environments: [], isLooking: false });
      const refused = await post('/v1/findings/look', as(people.student1));
      expect(refused.status).toBe(403);
      expect((await get('/v1/findings', ADMIN)).body.lookedAt).toBe(undefined);
      const wrong = await get('/v1/findings?kind=nonsense', ADMIN);
      expect(wrong.status).toBe(400);
    });

    it('should look into the clusters too', async () => {
      const { get, kubectl, look, lost } = await setUp();
      const clusterId = await lost('one', 'research');
      kubectl.failing.set('get', 1);
      await look(ADMIN);
      const conditions = await eventually(
        async () =>
          (
            await get(`/v1/clusters/${clusterId}`, ADMIN)
          ).body.conditions,
        'conditions',
      );
      expect(conditions[0]).toMatchObject({
        type: 'reachable',
        status: 'unknown',
        reason: 'NoAnswerOnce',
      });
      expect(kubectl.calls).toEqual([
        { clusterId, argv: ['get', 'nodes', '-o', 'json'], stdin: undefined },
      ]);
    });

    it('should say that Proxmox does not answer', async () => {
      const { look, lost, machines } = await setUp();
      await lost('one', 'research');
      machines.vms = async () => {
        throw new PveError({
          call: 'GET /cluster/resources',
          message: 'ECONNREFUSED',
          class: 'transient',
        });
      };
      const { environments, items } = await look(ADMIN);
      expect(items).toEqual([]);
      expect(environments).toEqual([
        expect.objectContaining({
          answered: false,
          problem: expect.stringContaining('KUBESMITH-PVE-UNREACHABLE'),
        }),
        expect.objectContaining({ answered: false }),
      ]);
    });
  },
);
