import { z } from 'zod';

/** Full ref of a user, as the catalog writes it. */
export const userRefSchema = z
  .string()
  .regex(/^user:[\w.-]+\/[\w.-]+$/i, { error: 'write user:NAMESPACE/NAME' })
  .transform(ref => ref.toLocaleLowerCase('en-US'));
