import { NotAllowedError } from '@backstage/errors';

/** What the policy did not allow. */
export interface Denial {
  /** What was to be done, such as `read` or `delete`. */
  verb?: string;
  clusterId?: string;
  environment?: string;
}

const denials = new WeakMap<object, Denial>();

/** Marks an error as the answer to something that the policy did not allow; what the caller sees stays as it is. */
export function asDenial<E extends Error>(error: E, denial: Denial): E {
  denials.set(error, denial);
  return error;
}

/** What was denied by this error; undefined when it is about something else, such as a cluster that does not exist. */
export function denialOf(error: unknown): Denial | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  return (
    denials.get(error) ?? (error instanceof NotAllowedError ? {} : undefined)
  );
}
