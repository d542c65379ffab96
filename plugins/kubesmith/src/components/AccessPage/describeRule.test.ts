import { describeRule, type Names } from './describeRule';

const names: Names = {
  environment: name => (name === 'ds' ? 'Distributed Systems 2026' : name),
  entity: ref => ref.split('/')[1],
};
const allow = { effect: 'allow' } as const;

describe('describeRule', () => {
  it.each([
    [
      {
        ...allow,
        verbs: ['create'],
        where: { environments: ['ds'] },
        whose: 'own',
        sizes: ['small'],
      },
      [
        'may order clusters of size small in Distributed Systems 2026, for themselves',
      ],
    ],
    [
      {
        ...allow,
        verbs: ['delete', 'read'],
        where: { environments: ['ds', 'x'] },
        whose: 'groups',
      },
      [
        'may see and delete their own and their groups’ clusters in Distributed Systems 2026 and x',
      ],
    ],
    [
      {
        effect: 'deny',
        verbs: ['access-administrator'],
        where: { ownerGroups: ['group:default/a', 'group:default/b'] },
        whose: 'anyone',
      },
      [
        'may never get an administrator’s kubeconfig for all clusters that belong to a or b',
      ],
    ],
    [
      { ...allow, verbs: ['all'], where: 'all', whose: 'anyone' },
      ['may order clusters and do everything with all clusters everywhere'],
    ],
    [
      {
        ...allow,
        verbs: ['read', 'create', 'manage-quota'],
        where: { environments: '$run-by-them' },
        whose: 'anyone',
      },
      [
        'may order clusters in environments that they run, for anyone',
        'may see all clusters in environments that they run',
        'may set quotas in environments that they run',
      ],
    ],
    [
      { ...allow, verbs: ['manage-policy', 'read-audit'] },
      ['may read the audit trail and change who may do what'],
    ],
    [
      {
        ...allow,
        verbs: ['create'],
        where: { environments: '$open-to-them' },
        whose: 'own',
        versions: ['1.36.3', '1.35.6'],
        templates: ['t'],
      },
      [
        'may order clusters with Kubernetes 1.36.3 or 1.35.6 through t in environments that are open to them, for themselves',
      ],
    ],
    [{ ...allow, verbs: [] }, ['may do nothing yet']],
  ] as [Parameters<typeof describeRule>[0], string[]][])(
    'says %j in words',
    (rule, words) => {
      expect(describeRule(rule, names)).toEqual(words);
    },
  );
});
