import { InputError } from '@backstage/errors';
import type { z } from 'zod';

/**
 * What somebody sent, as the schema says.
 *
 * @throws InputError that names every wrong field
 */
export function readAs<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    throw new InputError(
      parsed.error.issues
        .map(({ path, message }) => [path.join('.'), message].join(': '))
        .join('; '),
    );
  }
  return parsed.data;
}
