import { holds } from './condition';
import { Policies, type PolicySubject, decide } from './evaluate';
import type { GrantRole } from '../api/types';
import { parsePolicies } from './parsePolicies';
import { factsOfShares } from './shares';

const student: PolicySubject = {
  userRef: 'user:default/student-1',
  claims: ['user:default/student-1', 'group:default/students'],
};
const instructor: PolicySubject = {
  userRef: 'user:default/instructor',
  claims: ['user:default/instructor', 'group:default/instructors'],
};

function policies(roles: string, administrators: string[] = []) {
  const parsed = parsePolicies(
    `apiVersion: kubesmith.io/v1\nkind: Policies\nroles:\n${roles}`,
  );
  if (!parsed.document) {
    throw new Error(JSON.stringify(parsed.problems));
  }
  return new Policies(parsed.document, { administrators });
}

const cluster = (owner: string, environment = 'course') => ({
  owner,
  environment,
  environmentOwner: 'group:default/instructors',
  environmentMembers: ['group:default/students'],
});
const own = cluster('user:default/student-1');
const team = cluster('group:default/students');
const others = cluster('user:default/student-2');

describe('decide', () => {
  const someRoles = policies(
    `
  - name: student
    title: First-year student
    members: [Group:default/Students]
    rules:
      - { verbs: [read, delete], where: all, whose: own }
      - { verbs: [read], where: { environments: [course] }, whose: groups }
      - { verbs: [access-editor], where: all, whose: groups }
      - { effect: deny, verbs: [delete], where: { environments: [exam] }, whose: anyone }
  - name: lead
    members: [$everyone]
    rules:
      - { verbs: [all], where: { environments: $run-by-them }, whose: anyone }
      - { verbs: [delete], where: { ownerGroups: [group:default/students] }, whose: anyone }
  - name: boss
    members: [$administrators]
    rules:
      - { verbs: [manage-policy] }
`,
    ['user:default/ada'],
  );

  it('names the rule that allows', () => {
    expect(decide(someRoles, student, 'delete', own)).toEqual({
      allowed: true,
      because: 'allow',
      role: { name: 'student', title: 'First-year student' },
      rule: 0,
    });
    expect(decide(someRoles, instructor, 'delete', others)).toEqual({
      allowed: true,
      because: 'allow',
      role: { name: 'lead', title: undefined },
      rule: 0,
    });
  });

  it('says no when nothing matches', () => {
    expect(decide(someRoles, student, 'read', others)).toEqual({
      allowed: false,
      because: 'nothing',
    });
    expect(
      decide(
        someRoles,
        { userRef: 'user:default/x', claims: ['user:default/x'] },
        'read',
        own,
      ),
    ).toEqual({ allowed: false, because: 'nothing' });
  });

  it('lets a denial win and names it', () => {
    const exam = cluster('user:default/student-1', 'exam');
    expect(decide(someRoles, student, 'read', exam).allowed).toBe(true);
    expect(decide(someRoles, student, 'delete', exam)).toMatchObject({
      allowed: false,
      because: 'deny',
      role: { name: 'student' },
      rule: 3,
    });
  });

  it('adds roles up', () => {
    expect(decide(someRoles, student, 'delete', team)).toMatchObject({
      allowed: true,
      role: { name: 'lead' },
      rule: 1,
    });
  });

  it('gives nothing with a cluster that may not be seen', () => {
    const elsewhere = cluster('group:default/students', 'research');
    expect(decide(someRoles, student, 'delete', elsewhere)).toEqual({
      allowed: false,
      because: 'unseen',
    });
    expect(someRoles.of(student).conditionOf('access-editor')).not.toBe(false);
    expect(decide(someRoles, student, 'access-editor', elsewhere).allowed).toBe(
      false,
    );
  });

  it('includes the lower kinds of access and not the higher ones', () => {
    expect(decide(someRoles, student, 'access-viewer', own).allowed).toBe(true);
    expect(decide(someRoles, student, 'access-editor', own).allowed).toBe(true);
    expect(
      decide(someRoles, student, 'access-administrator', own).allowed,
    ).toBe(false);
    const denying = policies(`
  - name: student
    members: [$everyone]
    rules:
      - { verbs: [all], where: all, whose: own }
      - { effect: deny, verbs: [access-editor], where: all, whose: anyone }`);
    expect(
      ['access-viewer', 'access-editor', 'access-administrator'].map(
        verb => decide(denying, student, verb as 'access-viewer', own).allowed,
      ),
    ).toEqual([true, false, false]);
  });

  it('gives with a share what its role allows, and lets a denial count for every share', () => {
    const sharing = policies(`
  - name: member
    members: [$everyone]
    rules:
      - { verbs: [read, access-administrator], where: all, whose: shared }
      - { verbs: [all], where: { environments: [open] }, whose: shared }
      - { effect: deny, verbs: [access-editor], where: { environments: [exam] }, whose: shared }`);
    const may = (environment: string, ...shares: [string, GrantRole][]) =>
      (
        [
          'read',
          'access-viewer',
          'access-editor',
          'access-administrator',
          'delete',
          'create',
        ] as const
      ).filter(
        verb =>
          decide(sharing, student, verb, {
            ...cluster('user:default/student-2', environment),
            ...factsOfShares(
              shares.map(([subject, role]) => ({ subject, role })),
            ),
          }).allowed,
      );
    const me = student.userRef;
    expect(may('course')).toEqual([]);
    expect(may('course', ['user:default/x', 'administrator'])).toEqual([]);
    expect(may('course', [me, 'viewer'])).toEqual(['read', 'access-viewer']);
    expect(may('course', ['group:default/students', 'editor'])).toEqual([
      'read',
      'access-viewer',
      'access-editor',
    ]);
    expect(may('course', [me, 'administrator'])).toEqual([
      'read',
      'access-viewer',
      'access-editor',
      'access-administrator',
    ]);
    expect(may('open', [me, 'viewer'])).toEqual([
      'read',
      'access-viewer',
      'delete',
    ]);
    expect(may('exam', [me, 'viewer'], [me, 'administrator'])).toEqual([
      'read',
      'access-viewer',
    ]);
  });

  it('keeps what changes the portal out of `all`', () => {
    expect(decide(someRoles, instructor, 'manage-policy').allowed).toBe(false);
    expect(
      decide(
        someRoles,
        { userRef: 'user:default/ada', claims: ['user:default/ada'] },
        'manage-policy',
      ),
    ).toMatchObject({ allowed: true, role: { name: 'boss' } });
  });

  it('limits orders to environments, sizes, versions and templates', () => {
    const limited = policies(`
  - name: student
    members: [$everyone]
    rules:
      - verbs: [create]
        where: { environments: $open-to-them }
        whose: own
        sizes: [small]
        versions: ['1.36.3']
        templates: [new-k8s-cluster]
      - { effect: deny, verbs: [create], where: all, whose: anyone, templates: [old] }`);
    const order = { ...own, size: 'small', kubernetesVersion: '1.36.3' };
    const may = (change: object) =>
      decide(limited, student, 'create', { ...order, ...change }).allowed;
    expect(may({})).toBe(true);
    expect(may({ template: 'new-k8s-cluster' })).toBe(true);
    expect(may({ template: 'old' })).toBe(false);
    expect(may({ size: 'large' })).toBe(false);
    expect(may({ kubernetesVersion: '1.35.0' })).toBe(false);
    expect(may({ owner: 'group:default/students' })).toBe(false);
    expect(may({ environmentMembers: ['group:default/others'] })).toBe(false);
  });
});

describe('conditionOf', () => {
  it('is always or never where that can be said', () => {
    const simple = policies(`
  - name: viewer
    members: [group:default/students]
    rules:
      - { verbs: [read], where: all, whose: anyone }
      - { verbs: [read], where: all, whose: own }
      - { verbs: [delete], where: all, whose: own }
      - { effect: deny, verbs: [delete], where: all, whose: anyone }`);
    expect(simple.of(student).conditionOf('read')).toBe(true);
    expect(simple.of(student).conditionOf('delete')).toBe(false);
    expect(simple.of(instructor).conditionOf('read')).toBe(false);
  });

  it('asks once for many environments', () => {
    const many = policies(
      Array.from(
        { length: 50 },
        (_, n) => `  - name: role-${n}
    members: [$everyone]
    rules:
      - { verbs: [read], where: { environments: [e${n}] }, whose: anyone }
      - { verbs: [read], where: { environments: [e${n}, f${n}] }, whose: own }
`,
      ).join(''),
    );
    const condition = many.of(student).conditionOf('read');
    expect(condition).toMatchObject({
      anyOf: [
        { fact: 'environment' },
        { allOf: [{ fact: 'environment' }, { fact: 'owner' }] },
      ],
    });
    expect(holds(condition, cluster('user:default/x', 'e49'))).toBe(true);
    expect(holds(condition, cluster('user:default/x', 'f49'))).toBe(false);
    expect(holds(condition, cluster('user:default/student-1', 'f49'))).toBe(
      true,
    );
  });

  it('keeps apart rules about several kinds of environments', () => {
    const both = policies(`
  - name: lead
    members: [$everyone]
    rules:
      - { verbs: [read], where: { environments: $run-by-them }, whose: anyone }
      - { verbs: [read], where: { environments: [course] }, whose: anyone }`);
    const condition = both.of(instructor).conditionOf('read');
    expect(holds(condition, cluster('user:default/x', 'other'))).toBe(true);
    expect(
      holds(condition, {
        ...others,
        environmentOwner: 'group:default/x',
      }),
    ).toBe(true);
  });
});
