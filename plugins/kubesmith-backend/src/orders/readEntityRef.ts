import { parseEntityRef, stringifyEntityRef } from '@backstage/catalog-model';

/** The ref of a user or group, in any spelling. */
export const PERSON_OR_GROUP = /^(user|group):[\w.-]+\/[\w.-]+$/i;

/** The ref of a user or group in its one spelling; undefined when the text is no such ref. */
export function readEntityRef(text: string): string | undefined {
  return PERSON_OR_GROUP.test(text)
    ? stringifyEntityRef(parseEntityRef(text))
    : undefined;
}
