import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone that this file is part of. */
export const repository = fileURLToPath(
  new URL('../../..', import.meta.url),
).replace(/\/$/, '');

/** A path in the clone. */
export function inRepository(...names: string[]): string {
  return join(repository, ...names);
}
