import { parseEntityRef, stringifyEntityRef } from '@backstage/catalog-model';

/** The ref of a user or group in its one spelling; undefined when the text is no such ref. */
export function readEntityRef(text: string): string | undefined {
  return /^(user|group):[\w.-]+\/[\w.-]+$/i.test(text)
    ? stringifyEntityRef(parseEntityRef(text))
    : undefined;
}
