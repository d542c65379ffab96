import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  checkPolicies,
  formatPolicyProblem,
  parsePolicies,
} from './parsePolicies';
import { MAX_POLICY_LENGTH, policyJsonSchema } from './schema';

const head = 'apiVersion: kubesmith.io/v1\nkind: Policies\n';

const problemsOf = (text: string) =>
  (parsePolicies(text, { file: 'p.yaml' }).problems ?? []).map(
    formatPolicyProblem,
  );

/** A role with one rule, which begins in line 7. */
const withRule = (rule: string) =>
  `${head}roles:\n  - name: one\n    members: [$everyone]\n    rules:\n      - ${rule}\n`;

describe('parsePolicies', () => {
  it('fills in what may be left out and writes references in one way', () => {
    const { document } = parsePolicies(
      `${head}roles:\n  - name: one\n    members: [Group:Default/Students, $everyone]\n    rules:\n      - { verbs: [read], where: { ownerGroups: [GROUP:default/A] }, whose: own }\n  - name: two\n`,
    );
    expect(document!.roles).toEqual([
      {
        name: 'one',
        members: ['group:default/students', '$everyone'],
        rules: [
          {
            effect: 'allow',
            verbs: ['read'],
            where: { ownerGroups: ['group:default/a'] },
            whose: 'own',
          },
        ],
      },
      { name: 'two', members: [], rules: [] },
    ]);
  });

  it.each([
    ['', 'the policy is empty'],
    ['[', 'Flow sequence must end with a ]'],
    [`${head}roles: []\nroles: []\n`, 'p.yaml:4:1 Map keys must be unique'],
    ['kind: Policies\n', 'p.yaml:1:1 apiVersion: write kubesmith.io/v1'],
    ['just text', 'p.yaml:1:1'],
    [`${head}rolls: []`, "p.yaml:3:1 rolls: there is no field 'rolls' here"],
    [
      `${head}roles:\n  - name: a\n  - name: a\n`,
      "p.yaml:5:11 roles[1].name: there already is a role 'a'",
    ],
    [
      `${head}roles:\n  - name: Big Boss\n`,
      "p.yaml:4:11 roles[0].name: 'Big Boss' cannot be the name of a role",
    ],
    [
      `${head}roles:\n  - name: a\n    members:\n      - students\n`,
      "p.yaml:6:9 roles[0].members[0]: 'students' is no member: write user:",
    ],
    [
      withRule('{ verbs: [read, destroy], where: all, whose: own }'),
      "p.yaml:7:25 roles[0].rules[0].verbs[1]: 'destroy' is no verb: use all, create, read",
    ],
    [
      withRule('{ verbs: [read], where: all }'),
      'p.yaml:7:9 roles[0].rules[0]: whose is missing',
    ],
    [
      withRule('{ verbs: [read], whose: own }'),
      'p.yaml:7:9 roles[0].rules[0]: where is missing',
    ],
    [
      withRule('{ verbs: [read], where: everywhere, whose: own }'),
      'p.yaml:7:33 roles[0].rules[0].where: write all, or environments:',
    ],
    [
      withRule('{ verbs: [read], where: { environment: [a] }, whose: own }'),
      "p.yaml:7:35 roles[0].rules[0].where.environment: there is no field 'environment' here",
    ],
    [
      withRule('{ verbs: [read], where: { environments: [A B] }, whose: own }'),
      "p.yaml:7:50 roles[0].rules[0].where.environments[0]: 'A B' cannot be the name of an environment",
    ],
    [
      withRule('{ verbs: [read], where: {}, whose: own }'),
      'name environments, or ownerGroups, or write where: all',
    ],
    [
      withRule('{ verbs: [read], where: all, whose: mine }'),
      'p.yaml:7:45 roles[0].rules[0].whose: write own',
    ],
    [
      withRule('{ verbs: [read, create], where: all, whose: shared }'),
      'p.yaml:7:53 roles[0].rules[0].whose: an order is shared with nobody',
    ],
    [
      withRule('{ verbs: [manage-policy], where: all }'),
      'p.yaml:7:42 roles[0].rules[0].where: manage-policy hold for the whole portal: leave where out',
    ],
    [
      withRule('{ verbs: [all, manage-policy], where: all, whose: anyone }'),
      'give them a rule of their own',
    ],
    [
      withRule('{ verbs: [read, create], where: all, whose: own, sizes: [s] }'),
      'roles[0].rules[0].sizes: sizes limit orders',
    ],
    [
      withRule(
        '{ verbs: [read], where: { environments: $open-to-them }, whose: own }',
      ),
      'p.yaml:7:49 roles[0].rules[0].where.environments: $open-to-them is about orders',
    ],
    [
      withRule('{ verbs: [create], where: all, whose: own, versions: [1.36] }'),
      'write a Kubernetes version in quotes',
    ],
    [
      withRule(
        '{ verbs: [manage-quota], where: { ownerGroups: [group:a/b] } }',
      ),
      'ownerGroups tells clusters apart',
    ],
  ])('says what is wrong with %j', (text, message) => {
    const [first] = problemsOf(text);
    expect(first).toContain(message);
    expect(first).toMatch(/^p\.yaml/);
  });

  it('names every mistake at once', () => {
    expect(
      problemsOf(
        `${head}roles:\n  - name: A\n    members: [x]\n    rules: [{ verbs: [] }]\n`,
      ),
    ).toHaveLength(4);
  });

  it('refuses a policy of a megabyte at once', () => {
    const huge = `${head}roles:\n${'  - name: x\n'.repeat(90_000)}`;
    expect(huge.length).toBeGreaterThan(1_000_000);
    const begun = performance.now();
    expect(problemsOf(huge)).toEqual([
      expect.stringContaining(`${MAX_POLICY_LENGTH} are allowed`),
    ]);
    expect(performance.now() - begun).toBeLessThan(500);
  });

  it('refuses aliases that grow without end', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${Array.from('bcdefgh')
      .map((name, index) => {
        const previous = `*${'abcdefg'[index]}`;
        return `${name}: &${name} [${Array(9).fill(previous).join(',')}]\n`;
      })
      .join('')}`;
    expect(problemsOf(bomb)[0]).toContain('alias');
  });

  it('checks a document that was never text', () => {
    expect(
      checkPolicies({ apiVersion: 'kubesmith.io/v1', kind: 'Policies' }),
    ).toMatchObject({ document: { roles: [] } });
    expect(checkPolicies({ roles: 5 }).problems).toContainEqual({
      path: 'roles',
      message: 'write a list of roles',
    });
  });
});

it('publishes the JSON schema', () => {
  const published = resolve(__dirname, '../../policy.schema.json');
  // After a change: UPDATE_SCHEMA=1 yarn test
  if (process.env.UPDATE_SCHEMA) {
    writeFileSync(
      published,
      `${JSON.stringify(policyJsonSchema(), null, 2)}\n`,
    );
  }
  expect(JSON.parse(readFileSync(published, 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(policyJsonSchema())),
  );
});
