import { createTestDatabases } from '../__testUtils__/databases';
import { people } from '../__testUtils__/people';
import type { Answer } from '../__testUtils__/replicas/Replicas';
import { eventually, statuses } from '../__testUtils__/replicas/RaceScene';
import { LARGE, SMALL } from '../__testUtils__/replicas/raceConfig';
import { useRaceScene } from '../__testUtils__/replicas/useRaceScene';

jest.setTimeout(15 * 60_000);

const databases = createTestDatabases();
const { admin, instructor, student1, student2 } = people;
const MANY = 64;

/** Orders and approvals in four processes on one database, all at once, against a quota. */
describe.each(databases.eachSupportedId())(
  'Quotas and approvals that race on %s',
  databaseId => {
    const scene = useRaceScene(databaseId, 4);

    // What the scene clears does not know of these.
    afterEach(async () => {
      const { knex } = scene().replicas;
      for (const table of ['quotas', 'approval_limits', 'order_requests'])
        await knex(table).delete();
    });

    async function set(path: string, body: object) {
      const answer = await scene().replicas.call(0, 'POST', path, admin, body);
      expect(answer).toMatchObject({ status: 200 });
    }
    const quota = (limits: object, change: object = {}) =>
      set('/v1/quotas', {
        environment: LARGE,
        scope: 'environment',
        limits,
        ...change,
      });
    /**
     * Decides, and asks again when the policies could not be asked about the requester: on SQLite a process stands still while it
     * waits for the others to write, and is silent to itself.
     */
    async function decide(
      replica: number,
      id: string,
      verb: 'approve' | 'refuse' | 'withdraw',
      who: string,
    ): Promise<Answer> {
      return eventually(async () => {
        const answer = await scene().replicas.call(
          replica,
          'POST',
          `/v1/order-requests/${id}/${verb}`,
          who,
          verb === 'refuse' ? { reason: 'No' } : {},
        );
        const isAway =
          answer.status === 503 &&
          answer.body.error.code === 'KUBESMITH-POLICY-AWAY';
        return !isAway && answer;
      }, `the decision about ${id}`);
    }
    const codes = (answers: Answer[], status: number) => [
      ...new Set(
        answers
          .filter(answer => answer.status === status)
          .map(({ body }) => body.error.code),
      ),
    ];
    const count = (answers: Answer[], status: number) =>
      answers.filter(answer => answer.status === status).length;
    const live = () =>
      scene().replicas.knex('clusters').whereNull('deleted_at');

    it('gives exactly three clusters to 64 orders against a quota of three', async () => {
      await quota({ clusters: 3 });
      const answers = await Promise.all(
        Array.from({ length: MANY }, (_, index) =>
          scene().order(index, index % 2 ? student1 : student2),
        ),
      );
      expect(count(answers, 201)).toBe(3);
      expect(count(answers, 400)).toBe(MANY - 3);
      expect(codes(answers, 400)).toEqual(['KUBESMITH-QUOTA-EXCEEDED']);
      expect(await live()).toHaveLength(3);
      expect(await scene().taken()).toHaveLength(9);
    });

    it('gives each of two people three nodes’ worth, in two environments, and never waits in a circle', async () => {
      for (const environment of [LARGE, SMALL]) {
        await quota({ nodes: 6 }, { environment, scope: 'each-person' });
        await quota({ vcpu: 20 }, { environment });
        await quota({ clusters: 2 }, { environment, scope: 'each-person' });
      }
      const answers = await Promise.all(
        Array.from({ length: MANY }, (_, index) =>
          scene().order(index, index % 2 ? student1 : student2, {
            environment: index % 4 < 2 ? LARGE : SMALL,
          }),
        ),
      );
      expect(statuses(answers)).toEqual([201, 400]);
      expect(codes(answers, 400)).toEqual(['KUBESMITH-QUOTA-EXCEEDED']);
      // The later quota of each person took the place of the earlier one.
      const rows = await live();
      const shares = rows.map(row => `${row.environment} ${row.owner}`).sort();
      expect(shares).toEqual(
        [LARGE, SMALL]
          .flatMap(environment =>
            [student1, student2].flatMap(who =>
              Array(2).fill(`${environment} ${who}`),
            ),
          )
          .sort(),
      );
    });

    it('gives exactly three clusters to 64 approvals against a quota of three', async () => {
      await set('/v1/approval-limits', {
        environment: LARGE,
        limits: { workers: 0 },
      });
      const who = [student1, student2, instructor, admin];
      const orders = await Promise.all(
        Array.from({ length: MANY }, (_, index) =>
          scene().order(index, who[index % who.length]),
        ),
      );
      expect(statuses(orders)).toEqual([202]);
      expect(await live()).toEqual([]);
      await quota({ clusters: 3 });

      const answers = await Promise.all(
        orders.map(({ body: { orderRequest } }, index) =>
          decide(
            index,
            orderRequest.id,
            'approve',
            orderRequest.requester === admin ? instructor : admin,
          ),
        ),
      );
      expect(count(answers, 200)).toBe(3);
      expect(count(answers, 409)).toBe(MANY - 3);
      expect(codes(answers, 409)).toEqual(['KUBESMITH-REQUEST-NOT-POSSIBLE']);
      expect(await live()).toHaveLength(3);
      const requests = await scene().replicas.knex('order_requests');
      const approved = requests.filter(({ status }) => status === 'approved');
      expect(approved.map(row => row.cluster_id).sort()).toEqual(
        (await live()).map(({ id }) => id).sort(),
      );
      const waiting = requests.filter(({ status }) => status === 'waiting');
      expect(waiting).toHaveLength(MANY - 3);
      for (const { problems } of waiting)
        expect(problems).toContain('KUBESMITH-QUOTA-EXCEEDED');
    });

    it('decides each of 16 requests once, whoever approves, refuses or takes back at the same moment', async () => {
      await set('/v1/approval-limits', {
        environment: LARGE,
        limits: { workers: 0 },
      });
      const orders = await Promise.all(
        Array.from({ length: 16 }, (_, index) =>
          scene().order(index, student1),
        ),
      );
      const ids = orders.map(({ body }) => body.orderRequest.id as string);
      const decisions = await Promise.all(
        ids.map(id =>
          Promise.all([
            decide(0, id, 'approve', admin),
            decide(1, id, 'approve', instructor),
            decide(2, id, 'refuse', instructor),
            decide(3, id, 'withdraw', student1),
          ]),
        ),
      );
      let approvals = 0;
      for (const [index, answers] of decisions.entries()) {
        const won = answers.filter(({ status }) => status === 200);
        expect(won).toHaveLength(1);
        expect(codes(answers, 409)).toEqual(['KUBESMITH-REQUEST-OVER']);
        const row = await scene()
          .replicas.knex('order_requests')
          .where({ id: ids[index] })
          .first();
        expect(row).toMatchObject({
          status: won[0].body.status,
          decided_by: won[0].body.decidedBy,
        });
        approvals += row.status === 'approved' ? 1 : 0;
      }
      expect(await live()).toHaveLength(approvals);
    });
  },
);
