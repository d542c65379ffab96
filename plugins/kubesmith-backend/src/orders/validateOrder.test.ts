import type { OrderDraft } from '@kubesmith/plugin-kubesmith-common';
import { testConfig } from '../__testUtils__/config';
import { asOrderer } from '../__testUtils__/orderer';
import { orderableEnvironments } from './caller';
import { type OrderRules, validateOrder } from './validateOrder';

const config = testConfig();
const student = asOrderer({
  userRef: 'user:default/student-1',
  claims: ['user:default/student-1', 'group:default/students'],
});
const good: OrderDraft = {
  name: 'demo',
  environment: 'distributed-systems-2026',
  size: 'small',
  workers: 2,
};

function check(draft: OrderDraft, change: Partial<OrderRules> = {}) {
  return validateOrder(draft, {
    caller: student,
    environments: orderableEnvironments(
      config.environments,
      change.caller ?? student,
    ),
    isNameTaken: async () => false,
    poolUsage: async () => ({ total: 53, free: 53 }),
    ...change,
  });
}

async function problems(change: OrderDraft, rules?: Partial<OrderRules>) {
  return (await check({ ...good, ...change }, rules)).problems;
}

describe('validateOrder', () => {
  it('fills in what may be left out', async () => {
    const { order, problems: none } = await check(good);
    expect(none).toEqual([]);
    expect(order).toMatchObject({
      name: 'demo',
      environment: { name: 'distributed-systems-2026' },
      owner: 'user:default/student-1',
      size: { vcpu: 2 },
      workers: 2,
      kubernetesVersion: '1.36.3',
      reason: undefined,
    });
  });

  it.each(['a', 'a1', 'my-cluster', `a${'b'.repeat(37)}`])(
    'takes the name %s',
    async name => {
      expect(await problems({ name })).toEqual([]);
    },
  );

  it.each([
    'A',
    'Demo',
    '1a',
    '-a',
    'a-',
    'a_b',
    'a.b',
    'a b',
    'ä',
    'a\n',
    "a'; drop table clusters",
    '{{ lookup("pipe", "id") }}',
    '$(id)',
    'a".b',
    '../a',
    'a\u202eb',
    `a${'b'.repeat(40)}`,
    'x'.repeat(500),
  ])('refuses the name %p', async name => {
    const found = await problems({ name });
    expect(found).toMatchObject([
      { field: 'name', code: 'KUBESMITH-NAME-INVALID' },
    ]);
    expect(found[0].remedy).toMatch(/1 to 40 lower-case letters/);
    expect(found[0].message.length).toBeLessThan(120);
    expect(found[0].message).not.toMatch(/[\n\u202e]/);
  });

  it('refuses a name that is too long for the catalog together with the environment', async () => {
    expect(await problems({ name: `a${'b'.repeat(38)}` })).toEqual([
      {
        field: 'name',
        code: 'KUBESMITH-NAME-TOO-LONG',
        message: expect.stringContaining("'distributed-systems-2026'"),
        remedy: 'Use at most 38 characters.',
      },
    ]);
  });

  it('refuses a taken name', async () => {
    const found = await problems({}, { isNameTaken: async () => true });
    expect(found).toEqual([
      {
        field: 'name',
        code: 'KUBESMITH-NAME-TAKEN',
        message:
          "There already is a cluster 'demo' in the environment 'distributed-systems-2026'.",
        remedy: 'Choose another name, or delete that cluster first.',
      },
    ]);
  });

  it.each(['other', 'research', 'Distributed-Systems-2026'])(
    'refuses the environment %s, and names those that are open to the caller',
    async environment => {
      expect(await problems({ environment })).toEqual([
        {
          field: 'environment',
          code: 'KUBESMITH-ENVIRONMENT-UNKNOWN',
          message: `There is no environment '${environment}' that you may order in.`,
          remedy: 'Choose one of: distributed-systems-2026.',
        },
      ]);
    },
  );

  it('lets administrators order everywhere and for everyone', async () => {
    const caller = {
      userRef: 'user:default/admin',
      claims: ['user:default/admin', 'group:default/administrators'],
      mayOrder: () => true,
    };
    const { order } = await check(
      {
        ...good,
        environment: 'research',
        size: 'large',
        owner: 'group:default/someone',
      },
      { caller },
    );
    expect(order).toMatchObject({ owner: 'group:default/someone' });
  });

  it('offers the sizes and versions that policies allow, and refuses what they do not allow together', async () => {
    const small = '1.35.9';
    const caller = {
      ...student,
      mayOrder: (order: { size: string; kubernetesVersion: string }) =>
        order.size === 'small'
          ? order.kubernetesVersion === small
          : order.kubernetesVersion === '1.36.3',
    };
    const everything = config.environments.map(environment => ({
      ...environment,
      sizes: config.environments[1].sizes,
      kubernetesVersions: ['1.36.3', '1.35.9', '1.34.1'],
    }));
    const environments = orderableEnvironments(everything, caller);
    expect(environments[0].kubernetesVersions).toEqual(['1.36.3', '1.35.9']);
    const rules = { caller, environments };
    const order = { ...good, size: 'small' };
    expect(
      (await check({ ...order, kubernetesVersion: small }, rules)).problems,
    ).toEqual([]);
    expect(
      (await check({ ...order, kubernetesVersion: '1.36.3' }, rules)).problems,
    ).toMatchObject([{ field: 'size', code: 'KUBESMITH-ORDER-NOT-ALLOWED' }]);
    expect(
      (await check({ ...order, kubernetesVersion: '1.34.1' }, rules)).problems,
    ).toMatchObject([{ code: 'KUBESMITH-VERSION-UNKNOWN' }]);
  });

  it.each([
    'user:default/student-1',
    'group:default/students',
    'Group:default/Students',
  ])('takes the owner %s', async owner => {
    const { order } = await check({ ...good, owner });
    expect(order!.owner).toBe(owner.toLowerCase());
  });

  it.each(['user:default/student-2', 'group:default/instructors'])(
    'refuses the owner %s',
    async owner => {
      expect(await problems({ owner })).toMatchObject([
        {
          field: 'owner',
          code: 'KUBESMITH-OWNER-NOT-YOURS',
          remedy: expect.stringContaining('group:default/students'),
        },
      ]);
    },
  );

  it.each([
    'student-1',
    'user:student-1',
    'component:default/x',
    'user:default/a b',
    '::',
  ])('refuses %p, which is no owner at all', async owner => {
    expect(await problems({ owner })).toMatchObject([
      { field: 'owner', code: 'KUBESMITH-OWNER-INVALID' },
    ]);
  });

  it('refuses sizes and versions that the environment does not offer', async () => {
    expect(
      await problems({ size: 'large', kubernetesVersion: '1.30.0' }),
    ).toMatchObject([
      {
        field: 'size',
        code: 'KUBESMITH-SIZE-UNKNOWN',
        remedy: 'Choose one of: small.',
      },
      {
        field: 'kubernetesVersion',
        code: 'KUBESMITH-VERSION-UNKNOWN',
        remedy: 'Choose one of: 1.36.3, 1.35.9.',
      },
    ]);
  });

  it.each([0, 1, 19])('takes %d workers', async workers => {
    expect(await problems({ workers })).toEqual([]);
  });

  it.each([-1, 20, 1.5, NaN, Infinity])('refuses %d workers', async workers => {
    expect(await problems({ workers })).toMatchObject([
      {
        field: 'workers',
        code: 'KUBESMITH-WORKERS-INVALID',
        remedy: 'Give a whole number from 0 to 19.',
      },
    ]);
  });

  it('names the pool and what is free in it when it has too few addresses', async () => {
    const poolUsage = async () => ({ total: 53, free: 3 });
    expect(await problems({ workers: 1 }, { poolUsage })).toEqual([]);
    expect(await problems({ workers: 2 }, { poolUsage })).toEqual([
      {
        field: 'workers',
        code: 'KUBESMITH-POOL-EXHAUSTED',
        message:
          "The address pool 'lab' has 3 free addresses; the order needs 4.",
        remedy: expect.stringContaining('Order fewer workers'),
      },
    ]);
  });

  it('takes a reason of one line', async () => {
    expect(await problems({ reason: 'Übung 3: „Raft“ 🚀' })).toEqual([]);
    expect(await problems({ reason: 'x'.repeat(500) })).toEqual([]);
  });

  it.each([
    'x'.repeat(501),
    'a\nb',
    'a\tb',
    'a\u0000b',
    'a\u2028b',
    'a\u202eb',
  ])('refuses the reason %p', async reason => {
    expect(await problems({ reason })).toMatchObject([
      { field: 'reason', code: 'KUBESMITH-REASON-INVALID' },
    ]);
  });

  it('reports everything at once', async () => {
    const { problems: found, order } = await check({
      name: 'Bad',
      owner: 'user:default/student-2',
      environment: 'distributed-systems-2026',
      size: 'huge',
      workers: 99,
      kubernetesVersion: '0.0.1',
      reason: 'a\nb',
    });
    expect(order).toBeUndefined();
    expect(found.map(({ field }) => field).sort()).toEqual([
      'kubernetesVersion',
      'name',
      'owner',
      'reason',
      'size',
      'workers',
    ]);
    for (const problem of found) {
      expect(problem.message).not.toMatch(/[{}]/);
      expect(problem.remedy).not.toMatch(/[{}]/);
    }
  });

  it('says what is missing', async () => {
    const { problems: found } = await check({});
    expect(found).toMatchObject(
      ['name', 'environment', 'size', 'workers'].map(field => ({
        field,
        code: 'KUBESMITH-FIELD-MISSING',
      })),
    );
  });
});
