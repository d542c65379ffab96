/* eslint jest/no-standalone-expect: ["error", { "additionalTestBlockFunctions": ["afterEach", "itWith", "itWithout"] }] */
import { randomUUID } from 'node:crypto';
import { canaryFiles, hostileTexts } from '@kubesmith/hostile-texts';
import {
  CLUSTER_NAME_PATTERN,
  MAX_REASON_LENGTH,
  REASON_PATTERN,
} from '@kubesmith/plugin-kubesmith-common';
import request from 'supertest';
import { createTestDatabases } from './__testUtils__/databases';
import { as, people, startKubesmith } from './__testUtils__/startKubesmith';

jest.setTimeout(120_000);

const databases = createTestDatabases();
const { admin } = people;
const AT_ONCE = 8;
const FIELDS = [
  'name',
  'environment',
  'owner',
  'size',
  'kubernetesVersion',
  'reason',
] as const;
/** Control characters: what a log or a terminal would take for more than text. */
const CONTROL = /\p{Cc}|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
/** The HTTP server's own limit for a line, before any of our code. */
const TOO_LONG_FOR_A_URL = 2000;

type Answer = { status: number; body: any };

const order = (change: object = {}) => ({
  name: 'demo',
  environment: 'distributed-systems-2026',
  size: 'small',
  workers: 0,
  ...change,
});

/** A text in a URL. Half a surrogate pair has no UTF-8. */
const encoded = (text: string) =>
  encodeURIComponent(Buffer.from(text).toString());

/** Several texts in each reason, as the pool has few addresses. */
function joined(texts: readonly string[]): string[] {
  const reasons = [''];
  for (const text of texts) {
    const longer = `${reasons.at(-1)}${text}`;
    if (longer.length > MAX_REASON_LENGTH) reasons.push(text);
    else reasons[reasons.length - 1] = longer;
  }
  return reasons;
}

function expectStatus(of: string, status: number, possible: number[]) {
  expect({ of, status, possible: possible.includes(status) }).toEqual({
    of,
    status,
    possible: true,
  });
}

/** Runs a check for each text, a few at a time. */
async function forEachText(
  texts: readonly string[],
  check: (text: string) => Promise<void>,
) {
  for (let from = 0; from < texts.length; from += AT_ONCE) {
    await Promise.all(texts.slice(from, from + AT_ONCE).map(check));
  }
}

const ids = databases.eachSupportedId().map(([id]) => id);

/** What is refused before it reaches a database is asked for on one only, the rest on the strictest, for the sake of time. */
describe.each([...new Set([ids[0], ids.at(-1)!])])(
  'hostile texts on %s',
  id => {
    const notHere = (() => {}) as unknown as jest.It;
    const itWithout = id === ids[0] ? it : notHere;
    const itWith = id === ids.at(-1) ? it : notHere;
    let kubesmith: Awaited<ReturnType<typeof startKubesmith>>;

    beforeAll(async () => {
      kubesmith = await startKubesmith(await databases.init(id));
    });
    afterAll(async () => {
      await kubesmith.backend.stop();
    });
    afterEach(() => {
      expect(canaryFiles()).toEqual([]);
      expect(({} as any).polluted).toBeUndefined();
    });

    async function expectNothingRecorded() {
      const { knex } = kubesmith.stores;
      for (const table of ['clusters', 'operations', 'ip_addresses', 'secrets'])
        expect({ table, rows: await knex(table) }).toEqual({ table, rows: [] });
      expect(kubesmith.publishedEvents).toEqual([]);
    }

    /** That an answer says what is wrong with which field and what to do, on one line each. */
    function expectRefused(answer: Answer, field: string, text: string) {
      const { status, body } = answer;
      expect({ text, status }).toEqual({ text, status: 400 });
      expectProblems(body.error.problems, field);
      expect(body.error.message).not.toMatch(CONTROL);
    }

    function expectProblems(problems: any[], field: string) {
      expect(problems.map(problem => problem.field)).toContain(field);
      for (const { code, message, remedy } of problems) {
        expect(code).toMatch(/^KUBESMITH-[A-Z0-9-]+$/);
        expect(message).toBeTruthy();
        expect(message).not.toMatch(CONTROL);
        expect(message.length).toBeLessThan(600);
        expect(remedy).toBeTruthy();
      }
    }

    // As text: the client would drop a key `__proto__`.
    const post = async (path: string, body: object): Promise<Answer> =>
      request(kubesmith.backend.server)
        .post(`/api/kubesmith${path}`)
        .set('Authorization', as(admin))
        .set('Content-Type', 'application/json')
        .send(JSON.stringify(body));
    const get = (path: string): Promise<Answer> =>
      kubesmith.get(path, as(admin)) as unknown as Promise<Answer>;

    describe.each(FIELDS)('as %s', field => {
      // Words such as `true` and `constructor` are names like any other. A reason may be any line of text.
      const isFine = (text: string, problems: any[]) =>
        problems.length === 0 &&
        (field === 'reason' ||
          (field === 'name' && CLUSTER_NAME_PATTERN.test(text)));

      itWithout(
        'are refused or are plain data, and nothing is recorded',
        async () => {
          let refused = 0;
          await forEachText(hostileTexts, async text => {
            const draft = order({ [field]: text });
            const check = await post('/v1/orders/check', draft);
            if (check.status === 200 && isFine(text, check.body.problems))
              return;
            refused += 1;
            if (check.status === 200)
              expectProblems(check.body.problems, field);
            else expectRefused(check, field, text);
            const placed = await post('/v1/clusters', {
              ...draft,
              requestId: randomUUID(),
            });
            expectRefused(placed, field, text);
          });
          if (field === 'reason') expect(refused).toBeGreaterThan(30);
          else expect(refused).toBeGreaterThan(hostileTexts.length - 20);
          await expectNothingRecorded();
        },
      );
    });

    itWithout(
      'are refused as names of fields, and as fields of a field',
      async () => {
        await forEachText(hostileTexts, async text => {
          const unknown = Object.fromEntries([[text, { polluted: true }]]);
          for (const body of [
            Object.fromEntries([
              ...Object.entries(order()),
              ...Object.entries(unknown),
            ]),
            order({ name: unknown }),
            order({ reason: [text] }),
            order({ workers: text }),
          ]) {
            const { status, body: answer } = await post(
              '/v1/orders/check',
              body,
            );
            expect({ text, status }).toEqual({ text, status: 400 });
            expect(answer.error.problems[0].remedy).toBeTruthy();
            expect(answer.error.message).not.toMatch(CONTROL);
          }
        });
        await expectNothingRecorded();
      },
    );

    itWithout('are refused as request ids, task ids and roles', async () => {
      const absent = randomUUID();
      await forEachText(hostileTexts, async text => {
        const isRequestId = /^[A-Za-z0-9._:-]{8,100}$/.test(text);
        expectRefused(
          await post('/v1/clusters', order({ requestId: text, taskId: text })),
          isRequestId ? 'taskId' : 'requestId',
          text,
        );
        expectRefused(
          await post(`/v1/clusters/${absent}/grants`, { role: text }),
          'role',
          text,
        );
      });
      await expectNothingRecorded();
    });

    itWith(
      'are refused as task ids of the scaffolder, or are no task',
      async () => {
        const through = as(admin, { through: 'plugin:scaffolder' });
        await forEachText(
          hostileTexts.filter(text => !/^[A-Za-z0-9._:-]{1,100}$/.test(text)),
          async text => {
            const answer = await kubesmith.post('/v1/clusters', through, {
              ...order({ taskId: text }),
              requestId: randomUUID(),
            });
            expectRefused(answer, 'taskId', text);
          },
        );
        await expectNothingRecorded();
      },
    );

    itWith('are not found or refused in paths', async () => {
      const operation = randomUUID();
      const texts = [
        ...hostileTexts.filter(
          text => encoded(text).length < TOO_LONG_FOR_A_URL,
        ),
        // The validator's own idea of a UUID.
        `urn:uuid:${randomUUID()}`,
      ];
      await forEachText(texts, async text => {
        const part = encoded(text);
        for (const { status } of [
          await get(`/v1/operations/${part}/events`),
          await post(`/v1/clusters/${part}/delete`, { requestId: '12345678' }),
          await post(`/v1/grants/${part}/revoke`, {}),
          await post(`/v1/operations/${operation}/steps/${part}/ensure`, {
            taskId: 't',
          }),
        ]) {
          expectStatus(text, status, [400, 403, 404]);
        }
      });
      await expectNothingRecorded();
    });

    itWith('find nothing or are refused in queries', async () => {
      const texts = hostileTexts.filter(
        text => encoded(text).length < TOO_LONG_FOR_A_URL,
      );
      await forEachText(texts, async text => {
        const part = encoded(text);
        for (const query of [`search=${part}`, `environment=${part}`]) {
          const { status, body } = await get(`/v1/clusters?${query}`);
          expectStatus(query, status, [200, 400]);
          if (status === 200) expect(body).toEqual({ items: [], total: 0 });
          else expectProblems(body.error.problems, query.split('=')[0]);
        }
        for (const query of [
          `phase=${part}`,
          `includeDeleted=x${part}`,
          `limit=x${part}`,
          `offset=x${part}`,
        ]) {
          expectRefused(
            await get(`/v1/clusters?${query}`),
            query.split('=')[0],
            text,
          );
        }
        const unknown = await get(`/v1/clusters?x${part}=1`);
        expectStatus(text, unknown.status, [400]);
      });
      for (const query of [
        'offset=1e300',
        'offset=99999999999999999999',
        'limit=NaN',
        'limit=0x1f',
        'limit=9e9',
        'search=%ff%fe',
        'search=%',
        'search[$ne]=x',
        '__proto__[polluted]=1',
        'search=a&search=b',
      ]) {
        const { status } = await get(`/v1/clusters?${query}`);
        expectStatus(query, status, [200, 400]);
      }
    });

    itWith(
      'are stored and given back as they are when they are an accepted reason',
      async () => {
        const accepted: string[] = [];
        await forEachText(hostileTexts, async text => {
          const { body } = await post(
            '/v1/orders/check',
            order({ reason: text }),
          );
          if (body.problems?.length === 0) accepted.push(text);
        });
        expect(accepted.length).toBeGreaterThan(200);
        const reasons = joined(accepted);
        for (const [index, reason] of reasons.entries()) {
          const placed = await post('/v1/clusters', {
            ...order({ name: `demo-${index}`, reason }),
            requestId: randomUUID(),
          });
          expect({ reason, status: placed.status }).toEqual({
            reason,
            status: 201,
          });
          const { cluster } = placed.body;
          expect(cluster.spec.reason).toBe(reason);
          const { body } = await get(`/v1/clusters/${cluster.id}`);
          expect(body.spec.reason).toBe(reason);
        }
        const { body } = await get('/v1/clusters');
        expect(body.total).toBe(reasons.length);
      },
    );

    itWith(
      'are refused or stored as they are as the reason of a deletion',
      async () => {
        const { knex, operations } = kubesmith.stores;
        const { body } = await get('/v1/clusters?limit=1');
        const clusterId = body.items[0].id;
        const fits = (text: string) =>
          text.length <= MAX_REASON_LENGTH && REASON_PATTERN.test(text);
        const path = `/v1/clusters/${clusterId}/delete`;
        await forEachText(
          hostileTexts.filter(text => !fits(text)),
          async reason => {
            const answer = await post(path, {
              requestId: randomUUID(),
              reason,
            });
            expectRefused(answer, 'reason', reason);
          },
        );
        for (const reason of joined(hostileTexts.filter(fits))) {
          const answer = await post(path, { requestId: randomUUID(), reason });
          expectStatus(reason, answer.status, [202]);
          const operation_id = answer.body.operation.id;
          const operation = await operations.get(operation_id);
          expect(operation?.input).toEqual({ reason });
          // A cluster is deleted once.
          await knex('operation_events').where({ operation_id }).del();
          await knex('operation_steps').where({ operation_id }).del();
          await knex('operations').where({ id: operation_id }).del();
        }
      },
    );
  },
);
