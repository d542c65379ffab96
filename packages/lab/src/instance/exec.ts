import { existsSync } from 'node:fs';
import type { Instance } from './Instance.ts';
import { inNamespace } from './namespace.ts';
import { findProgram, requireRoot, requireTools } from './requirements.ts';

/**
 * Becomes a command in the instance's network. This process is replaced, so terminal, streams, signals and exit code are the
 * command's own; only the network differs from the caller's surroundings.
 */
export function exec(instance: Instance, command: readonly string[]): never {
  requireRoot();
  requireTools();
  if (!existsSync(instance.namespacePath))
    throw new Error(`The lab "${instance.name}" is not up`);
  const [program, ...args] = inNamespace(instance, command);
  return process.execve!(
    findProgram(program!)!,
    [program!, ...args],
    process.env,
  );
}
