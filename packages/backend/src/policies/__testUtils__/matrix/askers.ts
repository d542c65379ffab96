import { type Asker, asPerson, asPlugin } from './startPortal';

/** Everybody who asks, by hand; the roles in brackets are those of the policies that ship. */
export const askers = {
  /** [administrator] */
  admin: asPerson('user:default/admin'),
  /** [environment lead, member] runs the course's environment with the other instructors. */
  instructor: asPerson('user:default/instructor'),
  /** [member] one of the students, to whom the course's environment is open. */
  student1: asPerson('user:default/student-1'),
  /** [member] another one. */
  student2: asPerson('user:default/student-2'),
  /** [environment lead, member] runs the environment 'research'. */
  researcher: asPerson('user:default/researcher'),
  /** [viewer, member] */
  viewer: asPerson('user:default/viewer'),
  /** [member] is signed in and belongs to no group. */
  stranger: asPerson('user:default/stranger'),
  /** Another plugin that speaks for itself. */
  service: asPlugin('catalog', 'kubesmith'),
  /** Brings no credentials. */
  nobody: {} as Asker,
};

/** Who asks. */
export type AskerName = keyof typeof askers;

/** All who ask. */
export const askerNames = Object.keys(askers) as AskerName[];

/** The people among them. */
export const peopleNames = askerNames.filter(
  name => name !== 'service' && name !== 'nobody',
);
