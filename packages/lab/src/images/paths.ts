import { join } from 'node:path';
import { cacheFolder } from '../system/cacheFolder.ts';

/** Folder of committed sources: Go modules, manifests, recipes. */
export const SOURCES = join(import.meta.dirname, '..', '..', 'images');

/** The folder of built images in the cache. */
export function imagesFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(cacheFolder(env), 'images');
}
