import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Folder of everything that the project keeps outside the clone; the same rule as scripts/env.sh. Absolute. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(
    env.KUBESMITH_CACHE ||
      join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kubesmith'),
  );
}
