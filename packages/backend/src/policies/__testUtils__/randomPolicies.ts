import {
  type GrantRole,
  POLICY_VERBS,
  type PolicyDocument,
  type PolicyRule,
  type PolicyVerb,
} from '@kubesmith/plugin-kubesmith-common';

/** Numbers that look random and are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The world of these tests: small, so that rules meet each other. */
export const groups = ['a', 'b', 'c'].map(name => `group:default/${name}`);
export const users = ['x', 'y', 'z'].map(name => `user:default/${name}`);
export const environments = [
  { name: 'course', owner: groups[0], members: [groups[1]] },
  { name: 'exam', owner: groups[0], members: [users[2]] },
  { name: 'research', owner: groups[2], members: [groups[0], groups[2]] },
];

/** With whom the clusters are shared, in turn. */
const shares: { subject: string; role: GrantRole }[][] = [
  [],
  [{ subject: users[0], role: 'viewer' }],
  [{ subject: groups[1], role: 'editor' }],
  [
    { subject: users[1], role: 'administrator' },
    { subject: groups[2], role: 'viewer' },
  ],
  [
    { subject: users[0], role: 'editor' },
    { subject: users[0], role: 'viewer' },
  ],
];

/** One cluster of each owner in each environment. */
export const clusters = environments.flatMap((environment, place) =>
  [...users, ...groups].map((owner, index) => ({
    shares: shares[(place * 6 + index) % shares.length],
    id: `00000000-0000-4000-8000-${environment.name.length}${String(
      index,
    ).padStart(11, '0')}`,
    name: `c${index}`,
    owner,
    environment: environment.name,
    environmentOwner: environment.owner,
  })),
);

const clusterVerbs = POLICY_VERBS.filter(
  verb => !verb.startsWith('manage-') && verb !== 'read-audit',
);

/** Policies and somebody to whom they apply. */
export function randomCase(random: () => number) {
  const oneOf = <T>(choices: readonly T[]): T =>
    choices[Math.floor(random() * choices.length)];
  const someOf = <T>(choices: readonly T[], atLeast = 0): T[] => {
    const chosen = choices.filter(() => random() < 0.4);
    return chosen.length >= atLeast ? chosen : [oneOf(choices)];
  };
  const rule = (): PolicyRule => {
    const where = random();
    return {
      effect: random() < 0.25 ? 'deny' : 'allow',
      verbs:
        random() < 0.2
          ? ['all']
          : someOf(['read', ...clusterVerbs] as const, 1),
      where:
        where < 0.3
          ? 'all'
          : {
              ...(where < 0.8 && {
                environments:
                  random() < 0.4
                    ? '$run-by-them'
                    : someOf(
                        environments.map(({ name }) => name),
                        1,
                      ),
              }),
              ...(where >= 0.6 && { ownerGroups: someOf(groups, 1) }),
            },
      whose: oneOf(['own', 'groups', 'shared', 'anyone'] as const),
    };
  };
  const document: PolicyDocument = {
    apiVersion: 'kubesmith.io/v1',
    kind: 'Policies',
    roles: Array.from({ length: 1 + Math.floor(random() * 5) }, (_, index) => ({
      name: `role-${index}`,
      members: someOf(['$everyone', '$administrators', ...users, ...groups], 1),
      rules: Array.from({ length: 1 + Math.floor(random() * 4) }, rule),
    })),
  };
  const userRef = oneOf(users);
  return {
    document,
    administrators: someOf([...users, ...groups]),
    subject: { userRef, claims: [userRef, ...someOf(groups)] },
    verb: (random() < 0.5
      ? 'read'
      : oneOf(clusterVerbs.filter(each => each !== 'create'))) as PolicyVerb,
  };
}

/** A case of {@link randomCase}. */
export type RandomCase = ReturnType<typeof randomCase>;
