/** How many clusters there are, none of them deleted. */
export const CLUSTERS = 10_000;

/** How many clusters a page shows. */
export const PAGE = 50;

/** Sees all clusters without any filter: the decision is a plain yes. */
export const ADMINISTRATOR = 'user:default/administrator';

/** Sees few of them, spread over all: its own, a group's, and those that others share with it. */
export const FEW = 'user:default/sees-few';

/** Sees half of them, as a group's. */
export const MANY = 'user:default/sees-many';

/** A group of {@link FEW} that has clusters. */
export const SMALL_GROUP = 'group:default/small-project';

/** The group of {@link MANY} that has half of the clusters. */
export const LARGE_GROUP = 'group:default/large-course';

/** As many groups as somebody in a department has; those here own nothing, but are asked for. */
const idleGroups = Array.from(
  { length: 8 },
  (_, number) => `group:default/idle-${number}`,
);

const groups: Record<string, string[]> = {
  [ADMINISTRATOR]: ['group:default/administrators'],
  [FEW]: [SMALL_GROUP, ...idleGroups],
  [MANY]: [LARGE_GROUP, ...idleGroups],
};

/** The person and the person's groups. */
export const claimsOf = (userRef: string) => [
  userRef,
  ...(groups[userRef] ?? []),
];
