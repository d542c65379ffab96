/** How many roles the person has, all at once: as slow as it gets. */
export const ROLES = 50;

/** The person who has them. */
export const PERSON = 'user:default/sam';

/** The person's groups; each gives one role. */
export const groups = Array.from(
  { length: ROLES },
  (_, n) => `group:default/g${n}`,
);

/** Policies with fifty roles of four rules each, as YAML. */
export const fiftyRoles = `apiVersion: kubesmith.io/v1
kind: Policies
roles:
${Array.from(
  { length: ROLES },
  (_, n) => `  - name: role-${n}
    members: [${groups[n]}]
    rules:
      - { verbs: [read], where: { environments: [e${n}] }, whose: anyone }
      - { verbs: [read, delete], where: { environments: [f${n}] }, whose: own }
      - { verbs: [all], where: { ownerGroups: [group:default/o${n}] }, whose: anyone }
      - { effect: deny, verbs: [delete], where: { environments: [x${n}] }, whose: groups }
`,
).join('')}`;
