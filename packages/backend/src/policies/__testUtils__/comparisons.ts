/* eslint-disable jest/no-export, jest/expect-expect -- the same tests, a few cases or many */
import { TestDatabases } from '@backstage/backend-test-utils';
import { factsOfShares } from '@kubesmith/plugin-kubesmith-common';
import { askDatabase, startCatalog } from './asking';
import { type Comparison, compareAnswers } from './compareAnswers';
import { clusters } from './randomPolicies';

/** Another one with POLICY_SEED=…; a difference that was found names it. */
const SEED = Number(process.env.POLICY_SEED ?? 20261121);

function expectNothingWrong(result: Comparison, cases: number) {
  expect({ seed: SEED, wrong: result.wrong }).toEqual({
    seed: SEED,
    wrong: [],
  });
  expect(result.cases).toBe(cases);
  // Cases in which nobody may do anything would prove nothing.
  expect(result.allowed / cases).toBeGreaterThan(2);
}

/** Random policies: SQL on both databases, the catalog's query and the evaluator against the naive answer. */
export function describeComparisons(cases: { quick: number; catalog: number }) {
  const databases = TestDatabases.create({ ids: ['SQLITE_3', 'POSTGRES_17'] });

  describe.each(databases.eachSupportedId())('random policies on %s', id => {
    it(`have the naive answers as SQL (${cases.quick} cases)`, async () => {
      const ask = await askDatabase(await databases.init(id));
      expectNothingWrong(
        await compareAnswers(SEED, cases.quick, ask),
        cases.quick,
      );
    });
  });

  it(`random policies have the naive answers in the evaluator, reasons included (${cases.quick} cases)`, async () => {
    const result = await compareAnswers(
      SEED + 1,
      cases.quick,
      async (policies, { subject, verb }) =>
        new Set(
          clusters
            .filter(cluster => {
              const { allowed, because, role } = policies
                .of(subject)
                .decide(verb, { ...cluster, ...factsOfShares(cluster.shares) });
              return allowed && because === 'allow' && role !== undefined;
            })
            .map(({ id }) => id),
        ),
    );
    expectNothingWrong(result, cases.quick);
  });

  it(`random policies have the naive answers in the catalog's own query (${cases.catalog} cases)`, async () => {
    const catalog = await startCatalog();
    const result = await compareAnswers(
      SEED + 2,
      cases.catalog,
      catalog.ask,
      'read',
    );
    await catalog.stop();
    expectNothingWrong(result, cases.catalog);
  });
}
