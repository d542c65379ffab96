import { parsePolicies } from './parsePolicies';
import type { PolicyRole } from './schema';
import { writeRoles } from './writeRoles';

const yaml = `# Ours.
apiVersion: kubesmith.io/v1
kind: Policies

roles:
  # The boss.
  - name: boss
    members: [user:default/ivy] # for now
    rules: [{ verbs: [manage-policy] }]
  - name: students
    members: [group:default/students]
    rules:
      - { verbs: [read], where: all, whose: own }
`;
const rolesOf = (text: string) => parsePolicies(text).document!.roles;
const [boss, students] = rolesOf(yaml);

describe('writeRoles', () => {
  it('changes nothing of what did not change, and says what did', () => {
    expect(writeRoles(yaml, [boss, students])).toBe(yaml);
    const changed = writeRoles(yaml, [
      boss,
      { ...students, title: 'Students' },
    ]);
    expect(rolesOf(changed)).toEqual([
      boss,
      { ...students, title: 'Students' },
    ]);
    for (const kept of ['# Ours.', '# The boss.', '# for now'])
      expect(changed).toContain(kept);
    expect(changed).not.toContain('effect');
  });

  it('adds, removes and moves roles', () => {
    const denying: PolicyRole = {
      name: 'guests',
      members: ['$everyone'],
      rules: [
        { effect: 'deny', verbs: ['delete'], where: 'all', whose: 'anyone' },
      ],
    };
    const text = writeRoles(yaml, [denying, students]);
    expect(rolesOf(text)).toEqual([denying, students]);
    expect(text).not.toContain('ivy');
    expect(rolesOf(writeRoles(yaml, [students, boss]))).toEqual([
      students,
      boss,
    ]);
    expect(rolesOf(writeRoles(yaml, []))).toEqual([]);
  });

  it('writes anew what could not be read', () => {
    expect(rolesOf(writeRoles('roles: [', [boss]))).toEqual([boss]);
    expect(rolesOf(writeRoles(yaml.split('roles:')[0], [boss]))).toEqual([
      boss,
    ]);
  });

  it('writes roles that are not finished, whose mistakes are then found', () => {
    const { problems } = parsePolicies(
      writeRoles(yaml, [
        boss,
        { name: 'x', members: [], rules: [{ effect: 'allow', verbs: [] }] },
      ]),
    );
    expect(problems).toMatchObject([
      { path: 'roles[1].rules[0].verbs' },
      { path: 'roles[1].rules[0]' },
    ]);
  });
});
