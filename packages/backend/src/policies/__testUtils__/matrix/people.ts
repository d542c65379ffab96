/** Everybody of the matrix, and the groups that each is a member of. */
const members: Record<string, string[]> = {
  'user:default/admin': ['group:default/administrators'],
  'user:default/instructor': ['group:default/instructors'],
  'user:default/student-1': ['group:default/students'],
  'user:default/student-2': ['group:default/students'],
  'user:default/researcher': ['group:default/researchers'],
  'user:default/viewer': [],
  'user:default/stranger': [],
};

/** People who ask for nothing: clusters are shared with them while others try it. */
export const spares = Array.from(
  { length: 20 },
  (_, number) => `user:default/spare-${number}`,
);
for (const ref of spares) members[ref] = [];

/** The groups of a person. */
export const groupsOf = (userRef: string): string[] => members[userRef] ?? [];

const nameOf = (ref: string) => ref.split('/')[1];

/** As catalog entities. */
export function personEntities() {
  return Object.entries(members).map(([ref, groups]) => ({
    apiVersion: 'backstage.io/v1alpha1',
    kind: 'User',
    metadata: { name: nameOf(ref), namespace: 'default' },
    spec: { memberOf: groups.map(nameOf) },
  }));
}

/** Their groups as catalog entities. */
export function groupEntities() {
  return [...new Set(Object.values(members).flat())].map(ref => ({
    apiVersion: 'backstage.io/v1alpha1',
    kind: 'Group',
    metadata: { name: nameOf(ref), namespace: 'default' },
    spec: { type: 'team', children: [] },
  }));
}
