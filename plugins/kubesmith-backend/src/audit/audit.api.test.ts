import { createTestDatabases } from '../__testUtils__/databases';
import {
  as,
  asPlugin,
  people,
  startKubesmith,
} from '../__testUtils__/startKubesmith';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const admin = as(people.admin);
const student = as(people.student1);
const other = as(people.student2);

describe.each(databases.eachSupportedId())(
  'GET /v1/audit on %s',
  databaseId => {
    let kubesmith: Awaited<ReturnType<typeof startKubesmith>>;

    beforeEach(async () => {
      kubesmith = await startKubesmith(await databases.init(databaseId));
    });
    afterEach(() => kubesmith.backend.stop());

    const order = async () => {
      const { body } = await kubesmith
        .post('/v1/clusters', student, {
          requestId: 'request-1',
          name: 'demo',
          environment: 'distributed-systems-2026',
          size: 'small',
          workers: 0,
        })
        .expect(201);
      return body.cluster.id as string;
    };
    const entries = async (query = '') =>
      (await kubesmith.get(`/v1/audit${query}`, admin).expect(200)).body.items;

    it('shows what was done, by whom, on what', async () => {
      const clusterId = await order();
      expect(await entries()).toEqual([
        {
          seq: 1,
          time: expect.stringMatching(/^\d{4}-.*Z$/),
          actor: people.student1,
          source: expect.stringContaining('127.0.0.1'),
          action: 'cluster.order',
          outcome: 'done',
          environment: 'distributed-systems-2026',
          clusterId,
          detail: { name: 'demo', operationId: expect.any(String) },
          hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
      ]);
    });

    it('takes what was done to the policies from the permission plugin alone', async () => {
      const change = {
        actor: people.admin,
        source: '10.0.0.7',
        action: 'policy.save',
        outcome: 'done',
        detail: { reason: 'Students\u0000 too', version: 4 },
      };
      for (const authorization of [
        admin,
        as(people.admin, { through: 'plugin:permission' }),
        asPlugin('scaffolder'),
      ]) {
        await kubesmith.post('/v1/audit', authorization, change).expect(403);
      }
      expect(await entries('?action=policy.save')).toEqual([]);
      const policies = asPlugin('permission');
      await kubesmith
        .post('/v1/audit', policies, { ...change, action: 'cluster.order' })
        .expect(400);
      await kubesmith.post('/v1/audit', policies, change).expect(201);
      expect(await entries('?action=policy.save')).toMatchObject([
        { ...change, via: 'plugin:permission' },
      ]);
      expect(
        (await kubesmith.get('/v1/audit/verify', admin).expect(200)).body,
      ).toMatchObject({ intact: true });
    });

    it('names the rule that decided, when the policies can say it', async () => {
      const rule = {
        effect: 'allow' as const,
        verbs: ['create' as const],
        where: 'all' as const,
        whose: 'own' as const,
      };
      kubesmith.policyEngine.explanation = {
        allowed: true,
        because: 'allow',
        role: { name: 'member', title: 'Member' },
        rule: 0,
        ruleText: rule,
      };
      const clusterId = await order();
      const [ordered] = await entries('?action=cluster.order');
      expect(ordered.detail.decidedBy).toBe(`Member: ${JSON.stringify(rule)}`);
      expect(kubesmith.policyEngine.explained).toEqual([
        {
          userRef: people.student1,
          verb: 'create',
          facts: expect.objectContaining({
            owner: people.student1,
            environment: 'distributed-systems-2026',
            size: 'small',
          }),
        },
      ]);

      // An answer that does not fit to what happened is none.
      const remove = () =>
        kubesmith.post(`/v1/clusters/${clusterId}/delete`, other, {
          requestId: 'request-2',
        });
      await remove().expect(404);
      const [unexplained] = await entries('?action=cluster.delete');
      expect(unexplained.detail).not.toHaveProperty('decidedBy');

      kubesmith.policyEngine.explanation = {
        allowed: false,
        because: 'unseen',
      };
      await remove().expect(404);
      const [denied] = await entries('?action=cluster.delete');
      expect(denied).toMatchObject({
        outcome: 'denied',
        detail: { decidedBy: 'no rule lets them see it' },
      });
      expect(kubesmith.policyEngine.explained.at(-1)).toMatchObject({
        userRef: people.student2,
        verb: 'delete',
        facts: { owner: people.student1 },
      });
    });

    it('shows what was denied: to do, and even to look', async () => {
      const clusterId = await order();
      await kubesmith
        .post(`/v1/clusters/${clusterId}/delete`, other, {
          requestId: 'request-2',
        })
        .expect(404);
      await kubesmith.get(`/v1/clusters/${clusterId}`, other).expect(404);
      expect(await entries('?outcome=denied')).toMatchObject([
        {
          action: 'cluster.read',
          actor: people.student2,
          clusterId,
          code: 'KUBESMITH-NOT-FOUND',
          environment: 'distributed-systems-2026',
        },
        { action: 'cluster.delete', actor: people.student2, clusterId },
      ]);
    });

    it('names what a look was at', async () => {
      const { operationId } = await kubesmith.stores
        .knex('operations')
        .where({ cluster_id: await order() })
        .first({ operationId: 'id' });
      await kubesmith.get(`/v1/operations/${operationId}`, other).expect(404);
      expect(
        (await entries('?outcome=denied')).map(({ action }: any) => action),
      ).toEqual(['operation.read']);
    });

    it('counts a page that asks again and again once', async () => {
      const clusterId = await order();
      for (let n = 0; n < 5; n += 1)
        await kubesmith.get(`/v1/clusters/${clusterId}`, other).expect(404);
      expect(await entries('?outcome=denied')).toHaveLength(1);
    });

    it('does not call a cluster that does not exist a denial', async () => {
      await kubesmith
        .get('/v1/clusters/11111111-1111-4111-8111-111111111111', other)
        .expect(404);
      expect(await entries()).toEqual([]);
    });

    it('shows what failed, with its code', async () => {
      await kubesmith
        .post('/v1/clusters', student, {
          requestId: 'request-1',
          name: 'UPPER',
          environment: 'distributed-systems-2026',
          size: 'small',
          workers: 0,
        })
        .expect(400);
      expect(await entries()).toMatchObject([
        { outcome: 'failed', code: 'KUBESMITH-NAME-INVALID' },
      ]);
    });

    it('comes in pages, and as a file', async () => {
      await order();
      await order();
      const [newest] = await entries('?limit=1');
      expect(await entries(`?before=${newest.seq}`)).toHaveLength(1);
      const { headers, text } = await kubesmith
        .get('/v1/audit/export?action=cluster.order', admin)
        .expect(200);
      expect(headers['content-type']).toBe('text/csv; charset=utf-8');
      expect(text.trim().split('\r\n')).toHaveLength(3);
    });

    it('says whether it is intact', async () => {
      await order();
      const { body } = await kubesmith
        .get('/v1/audit/verify', admin)
        .expect(200);
      expect(body).toMatchObject({ intact: true, entries: 1, lastSeq: 1 });
    });

    it.each(['', '/export', '/verify'])(
      'is for those who may read it only: /v1/audit%s',
      async path => {
        await kubesmith
          .get(`/v1/audit${path}`, as(people.stranger))
          .expect(403)
          .expect(({ body }) =>
            expect(body.error.code).toBe('KUBESMITH-NOT-ALLOWED'),
          );
      },
    );

    it.each([
      ['from', 'yesterday'],
      ['outcome', 'maybe'],
      ['clusterId', '1'],
      ['actor', '%00'],
    ])('refuses %s=%s', async (field, value) => {
      const { body } = await kubesmith
        .get(`/v1/audit?${field}=${value}`, admin)
        .expect(400);
      expect(body.error.problems).toMatchObject([{ field }]);
    });
  },
);
