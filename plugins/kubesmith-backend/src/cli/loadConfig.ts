import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Config } from '@backstage/config';
import { ConfigSources } from '@backstage/config-loader';

/**
 * Reads the app-config as the backend does: the given files, or app-config.yaml and its companions in the repository's root;
 * then APP_CONFIG_ variables on top.
 *
 * @param files - later ones win; see {@link locate} for relative ones
 */
export async function loadConfig(files: string[]): Promise<Config> {
  const source = ConfigSources.default({
    argv: files.flatMap(file => ['--config', locate(file)]),
  });
  const config = await ConfigSources.toConfig(source);
  config.close();
  return config;
}

/**
 * A file as people name it: from the folder where they are, or from the repository's root. Yarn starts us in the backend's
 * package, where nobody has typed the command.
 */
function locate(file: string): string {
  if (/^https?:/.test(file)) return file;
  const places = [process.cwd(), process.env.INIT_CWD, process.env.PROJECT_CWD]
    .filter(place => place !== undefined)
    .map(place => resolve(place, file));
  return places.find(existsSync) ?? places[0];
}
