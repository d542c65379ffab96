import { type ClusterResource, clusterRules } from './permissions';

const cluster: ClusterResource = {
  id: '1',
  owner: 'group:default/students',
  environment: 'research',
  environmentOwner: 'group:default/researchers',
  phase: 'ready',
  shares: [{ subject: 'group:default/tutors', role: 'editor' }],
};

describe('rules', () => {
  it.each([
    ['isOwner', { claims: ['user:default/a', 'group:default/students'] }, true],
    ['isOwner', { claims: ['user:default/a'] }, false],
    ['isOwner', { claims: [] }, false],
    ['inEnvironment', { environments: ['other', 'research'] }, true],
    ['inEnvironment', { environments: ['other'] }, false],
    ['hasPhase', { phases: ['ready'] }, true],
    ['hasPhase', { phases: ['failed'] }, false],
    ['inOwnedEnvironment', { claims: ['group:default/researchers'] }, true],
    ['inOwnedEnvironment', { claims: ['group:default/students'] }, false],
  ] as const)('%s with %j is %s', (name, params, expected) => {
    const rule = clusterRules[name];
    expect(rule.apply(cluster, params as never)).toBe(expected);
    const { key, values } = rule.toQuery(params as never) as {
      key: 'owner' | 'environment' | 'environmentOwner' | 'phase';
      values: string[];
    };
    expect(values.includes(cluster[key])).toBe(expected);
  });

  it.each([
    [['group:default/tutors'], undefined, true],
    [['group:default/tutors'], 'viewer', true],
    [['user:default/a', 'group:default/tutors'], 'editor', true],
    [['group:default/tutors'], 'administrator', false],
    [['group:default/students'], 'viewer', false],
    [[], undefined, false],
  ] as const)('isSharedWith %j as %s is %s', (claims, role, expected) => {
    const params = { claims: [...claims], role };
    expect(clusterRules.isSharedWith.apply(cluster, params)).toBe(expected);
    expect(clusterRules.isSharedWith.toQuery(params)).toEqual({
      key: 'sharedWith',
      values: claims,
      role: role ?? 'viewer',
    });
  });

  it('have the names that policies use', () => {
    expect(Object.values(clusterRules).map(({ name }) => name)).toEqual([
      'IS_OWNER',
      'IN_ENVIRONMENT',
      'HAS_PHASE',
      'IN_OWNED_ENVIRONMENT',
      'IS_SHARED_WITH',
    ]);
  });
});
