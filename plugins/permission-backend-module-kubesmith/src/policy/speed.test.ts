import {
  TestDatabases,
  mockCredentials,
  mockServices,
} from '@backstage/backend-test-utils';
import {
  AuthorizeResult,
  type Permission,
} from '@backstage/plugin-permission-common';
import { catalogEntityReadPermission } from '@backstage/plugin-catalog-common/alpha';
import {
  clusterDeletePermission,
  clusterReadPermission,
} from '@kubesmith/plugin-kubesmith-common';
import { DatabasePolicies } from '../sources/DatabasePolicies';
import { PolicyVersionStore } from '../sources/PolicyVersionStore';
import { KubesmithPolicy } from './KubesmithPolicy';

jest.setTimeout(120_000);

const ROLES = 50;
const ROUNDS = 400;

/** Fifty roles of which the person has all: as slow as it gets. */
const yaml = `apiVersion: kubesmith.io/v1
kind: Policies
roles:
${Array.from(
  { length: ROLES },
  (_, n) => `  - name: role-${n}
    members: [group:default/g${n}]
    rules:
      - { verbs: [read], where: { environments: [e${n}] }, whose: anyone }
      - { verbs: [read, delete], where: { environments: [f${n}] }, whose: own }
      - { verbs: [all], where: { ownerGroups: [group:default/o${n}] }, whose: anyone }
      - { effect: deny, verbs: [delete], where: { environments: [x${n}] }, whose: groups }
`,
).join('')}`;

const userRef = 'user:default/sam';
const claims = [
  userRef,
  ...Array.from({ length: ROLES }, (_, n) => `group:default/g${n}`),
];

const databases = TestDatabases.create({ ids: ['SQLITE_3'] });

it('decides in less than a millisecond with 50 roles', async () => {
  const store = await PolicyVersionStore.open(
    mockServices.database.mock({
      getClient: async () => databases.init('SQLITE_3'),
    }),
  );
  await store.add({ yaml, author: userRef, reason: '', expectedVersion: 0 });
  const stored = new DatabasePolicies({
    store,
    administrators: [],
    logger: mockServices.logger.mock(),
  });
  const snapshot = await stored.current();

  const median = async (
    source: { current: typeof stored.current },
    permission: Permission,
  ) => {
    const policy = new KubesmithPolicy({
      source: {
        kind: 'database',
        current: () => source.current(),
        health: () => ({ status: 'ok', problems: [] }),
      },
      userInfo: mockServices.userInfo(),
      others: async () => ({ result: AuthorizeResult.ALLOW }),
    });
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const begun = performance.now();
      const { result } = await policy.handle(
        { permission },
        {
          credentials: mockCredentials.user(userRef),
          // A request brings its own copy.
          info: { userEntityRef: userRef, ownershipEntityRefs: [...claims] },
        },
      );
      times.push(performance.now() - begun);
      expect(result).toBe(AuthorizeResult.CONDITIONAL);
    }
    return times.sort((a, b) => a - b)[ROUNDS / 2];
  };

  const inMemory = { current: async () => snapshot };
  const figures = {
    read: await median(inMemory, clusterReadPermission),
    delete: await median(inMemory, clusterDeletePermission),
    entity: await median(inMemory, catalogEntityReadPermission),
    'read, version asked of SQLite': await median(
      stored,
      clusterReadPermission,
    ),
  };
  process.stdout.write(
    `Decision with ${ROLES} roles, p50: ${Object.entries(figures)
      .map(([what, ms]) => `${what} ${(ms * 1000).toFixed(0)} µs`)
      .join(', ')}\n`,
  );
  expect(figures.read).toBeLessThan(1);
  expect(figures.delete).toBeLessThan(1);
  expect(figures.entity).toBeLessThan(1);
});
