import { homedir } from 'node:os';
import { join } from 'node:path';

/** Folder of committed sources: Go modules, manifests, recipes. */
export const SOURCES = join(import.meta.dirname, '..', '..', 'images');

/** The project's cache; the same rule as scripts/env.sh. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return (
    env.KUBESMITH_CACHE ||
    join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kubesmith')
  );
}

/** The folder of built images in the cache. */
export function imagesFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(cacheFolder(env), 'images');
}
