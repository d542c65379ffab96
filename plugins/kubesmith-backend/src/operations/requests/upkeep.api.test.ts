import { randomUUID } from 'node:crypto';
import { testConfigData } from '../../__testUtils__/config';
import { createTestDatabases } from '../../__testUtils__/databases';
import { as, people, startKubesmith } from '../../__testUtils__/startKubesmith';
import { BackupStore } from '../../backups/BackupStore';
import { readArchive } from '../../leases/archive';

jest.setTimeout(120_000);

const databases = createTestDatabases();
const { researcher, student1 } = people;
const [{ name: environment }] = testConfigData().environments;

describe.each(databases.eachSupportedId())(
  'upkeep of clusters, on %s',
  databaseId => {
    let kubesmith: Awaited<ReturnType<typeof startKubesmith>>;
    let backups: BackupStore;

    beforeAll(async () => {
      kubesmith = await startKubesmith(await databases.init(databaseId));
      const { knex, secrets } = kubesmith.stores;
      backups = new BackupStore(knex, secrets);
    });
    afterAll(() => kubesmith.backend.stop());

    /** A cluster, with nothing going on. */
    async function cluster(name: string, isReady = true) {
      const { body } = await kubesmith.post('/v1/clusters', as(student1), {
        requestId: randomUUID(),
        name,
        environment,
        size: 'small',
        workers: 1,
      });
      const id: string = body.cluster.id;
      await kubesmith.stores
        .knex('operations')
        .where({ cluster_id: id })
        .update({ status: 'succeeded' });
      if (isReady) await kubesmith.stores.clusters.markReady(id);
      else await kubesmith.stores.clusters.update(id, { phase: 'failed' });
      return id;
    }
    async function backupOf(
      clusterId: string,
      changes: { kubernetesVersion?: string; controlPlanes?: string[] } = {},
    ) {
      const { clusters, knex } = kubesmith.stores;
      const { name, spec } = (await clusters.get(clusterId))!;
      const backup = {
        id: randomUUID(),
        clusterId,
        initiator: student1,
        takenAt: Date.UTC(2026, 10, 21),
        sha256: 'a'.repeat(64),
        bytes: 9,
        keys: 5,
        etcdVersion: '3.6.8-0',
        kubernetesVersion: spec.kubernetesVersion,
        controlPlanes: [`${name}-cp-1`],
        ...changes,
      };
      await knex.transaction(async tx => {
        await backups.begin(tx, backup);
        await backups.complete(tx, backup);
      });
      return backup.id;
    }
    const plan = (id: string, request: object, user = student1) =>
      kubesmith.post(`/v1/clusters/${id}/operations/plan`, as(user), request);
    const start = (id: string, request: object, user = student1) =>
      kubesmith.post(`/v1/clusters/${id}/operations`, as(user), {
        requestId: randomUUID(),
        request,
      });

    it.each(['repair', 'renew', 'backup'])(
      'plans and begins %s, for those who may',
      async kind => {
        const id = await cluster(`may-${kind}`);
        const { body: shown } = await plan(id, { kind });
        expect(shown.problems).toEqual([]);
        expect(shown.effects.length).toBeGreaterThan(0);
        expect((await plan(id, { kind }, researcher)).status).toBe(404);
        expect((await start(id, { kind }, researcher)).status).toBe(404);
        const { body, status } = await start(id, { kind });
        expect({ status, kind: body.operation?.kind }).toEqual({
          status: 201,
          kind,
        });
        const second = await start(id, { kind });
        expect([second.status, second.body.error.code]).toEqual([
          409,
          'KUBESMITH-CLUSTER-BUSY',
        ]);
      },
    );

    it.each(['repair', 'renew'])(
      'refuses %s for a cluster that was never ready',
      async kind => {
        const id = await cluster(`never-${kind}`, false);
        const { body, status } = await start(id, { kind });
        expect([status, body.error.code]).toEqual([
          400,
          'KUBESMITH-NEVER-READY',
        ]);
      },
    );

    it('repairs no cluster whose upgrade was not finished: that goes on, whatever state it left', async () => {
      const { clusters, knex } = kubesmith.stores;
      const id = await cluster('halfway');
      const nodesAre = (controlPlane: string, worker: string) => {
        const { nodes } = kubesmith.kubectl;
        nodes.set('halfway-cp-1', { version: controlPlane });
        nodes.set('halfway-w-1', { version: worker });
      };
      nodesAre('1.36.3', '1.35.9');
      await clusters.update(id, { phase: 'needs-attention' });
      const repair = { kind: 'repair' };
      expect((await plan(id, repair)).body.problems).toMatchObject([
        {
          code: 'KUBESMITH-UPGRADE-UNFINISHED',
          message: expect.stringContaining('halfway-w-1 has 1.35.9'),
          remedy: 'Upgrade to 1.36.3 first.',
        },
      ]);
      expect((await start(id, repair)).status).toBe(400);
      // A control plane of the old version takes no new workers in.
      nodesAre('1.35.9', '1.35.9');
      const more = await plan(id, { kind: 'scale', workers: 2 });
      expect(more.body.problems).toMatchObject([
        { code: 'KUBESMITH-UPGRADE-UNFINISHED', field: 'workers' },
      ]);
      nodesAre('1.36.3', '1.35.9');
      const goOn = { kind: 'upgrade', kubernetesVersion: '1.36.3' };
      expect((await plan(id, goOn)).body.problems).toEqual([]);
      expect((await start(id, goOn)).status).toBe(201);
      // To another version only a cluster goes that is well.
      await knex('operations')
        .where({ cluster_id: id })
        .update({ status: 'failed' });
      await knex.transaction(tx =>
        clusters.setKubernetesVersion(tx, id, '1.35.9'),
      );
      nodesAre('1.35.9', '1.35.9');
      await clusters.update(id, { phase: 'needs-attention' });
      const { body } = await start(id, goOn);
      expect(body.error.code).toBe('KUBESMITH-PHASE-WRONG');
    });

    it('repairs and upgrades what there is, not a worker that never came', async () => {
      const { knex } = kubesmith.stores;
      const id = await cluster('part');
      await knex('nodes')
        .where({ cluster_id: id, name: 'part-w-1' })
        .update({ state: 'planned' });
      kubesmith.kubectl.nodes.set('part-cp-1', { version: '1.36.3' });
      const { body } = await plan(id, { kind: 'repair' });
      expect(body.problems).toEqual([]);
      expect(
        body.effects.flatMap(({ node }: { node?: string }) => node ?? []),
      ).toEqual(['part-cp-1']);
      expect(body.warnings.at(-1)).toMatch(/^part-w-1 came or left only half/);
    });

    it('restores a backup of the cluster itself, and says what is lost', async () => {
      const id = await cluster('back');
      const backup = await backupOf(id);
      const { body: shown } = await plan(id, { kind: 'restore', backup });
      expect(shown.problems).toEqual([]);
      expect(shown.warnings[0]).toMatch(
        /^Everything that changed in the cluster since 2026-11-21T00:00:00.000Z is lost/,
      );
      expect((await start(id, { kind: 'restore', backup })).status).toBe(201);
    });

    it('refuses to restore what is not there, another cluster’s, or what does not fit', async () => {
      const id = await cluster('apart');
      const code = async (backup: string) =>
        (await start(id, { kind: 'restore', backup })).body.error.code;
      expect(await code(randomUUID())).toBe('KUBESMITH-BACKUP-UNKNOWN');
      expect(await code(await backupOf(await cluster('other')))).toBe(
        'KUBESMITH-BACKUP-UNKNOWN',
      );
      for (const changes of [
        { kubernetesVersion: '1.35.9' },
        { controlPlanes: ['apart-cp-1', 'apart-cp-2', 'apart-cp-3'] },
      ])
        expect(await code(await backupOf(id, changes))).toBe(
          'KUBESMITH-BACKUP-DOES-NOT-FIT',
        );
      const missing = await start(id, { kind: 'restore' });
      expect(missing.body.error.code).toBe('KUBESMITH-FIELD-MISSING');
    });

    it('lists backups to those who see the cluster; the archive names the last one', async () => {
      const id = await cluster('listed');
      await backupOf(id, { kubernetesVersion: '1.35.9' });
      const path = `/v1/clusters/${id}/backups`;
      const { body } = await kubesmith.get(path, as(student1));
      expect(body.items).toEqual([
        {
          id: expect.any(String),
          createdBy: student1,
          takenAt: '2026-11-21T00:00:00.000Z',
          bytes: 9,
          objects: 5,
          etcdVersion: '3.6.8-0',
          kubernetesVersion: '1.35.9',
          obstacle: expect.stringContaining('Kubernetes 1.35.9'),
        },
      ]);
      expect((await kubesmith.get(path, as(researcher))).status).toBe(404);
      await kubesmith.post(`/v1/clusters/${id}/delete`, as(student1), {
        requestId: randomUUID(),
      });
      const archive = await readArchive(kubesmith.stores.knex, id);
      expect(archive?.lastBackup).toEqual({
        takenAt: Date.UTC(2026, 10, 21),
        keys: 5,
        kubernetesVersion: '1.35.9',
      });
    });
  },
);
