import {
  type Permission,
  type PolicyDecision,
} from '@backstage/plugin-permission-common';
import { createConditionAuthorizer } from '@backstage/plugin-permission-node';
import {
  environmentManagePermission,
  environmentsManagePermission,
  parsePolicies,
  Policies,
  poolManagePermission,
  quotaManagePermission,
  quotasManagePermission,
} from '@kubesmith/plugin-kubesmith-common';
import { environmentRules } from '@kubesmith/plugin-kubesmith-node';
import { decidePermission } from './decidePermission';

const { document } = parsePolicies(`
apiVersion: kubesmith.io/v1
kind: Policies
roles:
  - name: all
    members: [user:default/ada]
    rules:
      - { verbs: [manage-quota, manage-environment], where: all }
      - { verbs: [manage-pool] }
  - name: lead
    members: [group:default/instructors]
    rules:
      - { verbs: [manage-quota], where: { environments: $run-by-them } }
      - { verbs: [manage-environment], where: { environments: [lab] } }
      - { effect: deny, verbs: [manage-quota], where: { environments: [exam] } }
`);
const policies = new Policies(document!);
const ada = ['user:default/ada'];
const ivy = ['user:default/ivy', 'group:default/instructors'];
const sam = ['user:default/sam'];

const decide = (claims: string[], permission: Permission): PolicyDecision =>
  decidePermission(
    permission,
    policies.of({ userRef: claims[0], claims }),
    claims[0],
    { result: 'DENY' as never },
  );

const environments = [
  { name: 'course', owner: 'group:default/instructors' },
  { name: 'exam', owner: 'group:default/instructors' },
  { name: 'lab', owner: 'group:default/researchers' },
];

const byName = new Map<string, any>(
  Object.values(environmentRules).map(rule => [rule.name, rule]),
);
const matches = createConditionAuthorizer<(typeof environments)[0]>({
  getRuleByName: name => byName.get(name),
});

describe('environments', () => {
  it.each([
    [ada, environmentManagePermission, ['course', 'exam', 'lab']],
    [ada, quotaManagePermission, ['course', 'exam', 'lab']],
    [ivy, environmentManagePermission, ['lab']],
    [ivy, quotaManagePermission, ['course']],
    [sam, environmentManagePermission, []],
    [sam, quotaManagePermission, []],
  ] as const)('are decided one by one: %j, %j', (claims, permission, names) => {
    const decision = decide([...claims], permission);
    expect(
      environments
        .filter(environment => matches(decision, environment))
        .map(({ name }) => name),
    ).toEqual(names);
  });

  it.each([
    [ada, environmentsManagePermission, 'ALLOW'],
    [ivy, environmentsManagePermission, 'ALLOW'],
    [sam, environmentsManagePermission, 'DENY'],
    [ivy, quotasManagePermission, 'ALLOW'],
    [sam, quotasManagePermission, 'DENY'],
    [ada, poolManagePermission, 'ALLOW'],
    [ivy, poolManagePermission, 'DENY'],
  ] as const)('and at all: %j, %j is %s', (claims, permission, result) => {
    expect(decide([...claims], permission)).toEqual({ result });
  });
});
