/* eslint-disable @backstage/no-relative-monorepo-imports -- the policy alone, which its package does not export */
import { mockCredentials, mockServices } from '@backstage/backend-test-utils';
import {
  AuthorizeResult,
  type Permission,
} from '@backstage/plugin-permission-common';
import {
  clusterDeletePermission,
  clusterReadPermission,
} from '@kubesmith/plugin-kubesmith-common';
import createKnex from 'knex';
import { KubesmithPolicy } from '../../plugins/permission-backend-module-kubesmith/src/policy/KubesmithPolicy';
import { DatabasePolicies } from '../../plugins/permission-backend-module-kubesmith/src/sources/DatabasePolicies';
import type { PolicySource } from '../../plugins/permission-backend-module-kubesmith/src/sources/PolicySource';
import { PolicyVersionStore } from '../../plugins/permission-backend-module-kubesmith/src/sources/PolicyVersionStore';
import { type Figure, figure, median } from '../figures';
import { timeOf } from '../measure';
import { PERSON, ROLES, fiftyRoles, groups } from './fiftyRoles';

const ROUNDS = 7;
const DECISIONS = 200;

/** How long one decision takes for somebody with fifty roles, in milliseconds. */
export async function* measureDecision(): AsyncGenerator<Figure> {
  const knex = createKnex({
    client: 'better-sqlite3',
    connection: { filename: ':memory:' },
    useNullAsDefault: true,
    // Another connection would be another database.
    pool: { min: 1, max: 1 },
  });
  try {
    const stored = await storePolicies(knex);
    const snapshot = await stored.current();
    const inMemory = new KubesmithPolicy(
      optionsFor({
        kind: 'database',
        current: async () => snapshot,
        health: () => ({ status: 'ok', problems: [] }),
      }),
    );
    const asStored = new KubesmithPolicy(optionsFor(stored));
    let people = 0;
    const nextPerson = () => `${PERSON}-${people++}`;
    const figures = {
      read: () => decide(inMemory, clusterReadPermission),
      delete: () => decide(inMemory, clusterDeletePermission),
      first: () => decide(inMemory, clusterReadPermission, nextPerson()),
      stored: () => decide(asStored, clusterReadPermission),
    };
    const rounds = { read: [], delete: [], first: [], stored: [] } as Record<
      keyof typeof figures,
      number[]
    >;
    for (let round = -1; round < ROUNDS; round++) {
      for (const what of Object.keys(rounds) as Array<keyof typeof rounds>) {
        const times: number[] = [];
        for (let n = 0; n < DECISIONS; n++) {
          times.push(await timeOf(figures[what]));
        }
        // The first round only warms up.
        if (round >= 0) rounds[what].push(median(times));
      }
    }
    yield figure({
      name: 'policy.decision-p50-50-roles',
      values: rounds.read,
      target: { atMost: 1 },
      note: `Milliseconds: p50 of ${DECISIONS} decisions on reading clusters, for somebody with ${ROLES} roles of four rules, without HTTP. On deleting: ${median(
        rounds.delete,
      ).toFixed(
        3,
      )} ms; on reading, with the version of the policies asked of SQLite as each request does: ${median(
        rounds.stored,
      ).toFixed(3)} ms.`,
    });
    yield figure({
      name: 'policy.first-decision-50-roles',
      values: rounds.first,
      note: `For comparison, milliseconds: p50 of the same for somebody whom the process was never asked about. Decisions are remembered; this one is made once for each person after a start and after a change of the policies.`,
    });
  } finally {
    await knex.destroy();
  }
}

async function storePolicies(
  knex: ReturnType<typeof createKnex>,
): Promise<DatabasePolicies> {
  const store = await PolicyVersionStore.open({ getClient: async () => knex });
  await store.add({
    yaml: fiftyRoles,
    author: PERSON,
    reason: 'The bench.',
    expectedVersion: 0,
  });
  return new DatabasePolicies({
    store,
    administrators: [],
    logger: mockServices.rootLogger({ level: 'warn' }),
  });
}

function optionsFor(source: PolicySource) {
  return {
    source,
    userInfo: mockServices.userInfo(),
    others: async () => ({ result: AuthorizeResult.ALLOW } as const),
  };
}

async function decide(
  policy: KubesmithPolicy,
  permission: Permission,
  userRef: string = PERSON,
): Promise<void> {
  const { result } = await policy.handle(
    { permission },
    {
      credentials: mockCredentials.user(userRef),
      // A request brings its own copy.
      info: {
        userEntityRef: userRef,
        ownershipEntityRefs: [userRef, ...groups],
      },
    },
  );
  if (result !== AuthorizeResult.CONDITIONAL) {
    throw new Error(`The decision is ${result}, not one with conditions`);
  }
}
