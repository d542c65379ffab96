import { resolve } from 'node:path';
import type { Config } from '@backstage/config';
import { ConfigSources } from '@backstage/config-loader';

/**
 * Reads the app-config as the backend does: the given files, or app-config.yaml and its companions in the repository's root;
 * then APP_CONFIG_ variables on top.
 *
 * @param files - later ones win; relative ones count from the folder where the command was typed
 */
export async function loadConfig(files: string[]): Promise<Config> {
  const typedIn = process.env.INIT_CWD ?? process.cwd();
  const source = ConfigSources.default({
    argv: files.flatMap(file => ['--config', resolve(typedIn, file)]),
  });
  const config = await ConfigSources.toConfig(source);
  config.close();
  return config;
}
