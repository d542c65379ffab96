import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheFolder } from '@kubesmith/lab/src/instance/Instance.ts';

/**
 * The caller's environment with the cached tools (terraform, ansible, kubectl, node) in front, as scripts/env.sh has it, so
 * that the portal finds the same ones however the demo or a test was started.
 */
export function toolEnvironment(
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const cache = cacheFolder(env);
  const path = env.PATH?.split(delimiter) ?? [];
  const folders = [join(cache, 'bin'), join(cache, 'node', 'bin')].filter(
    folder => existsSync(folder) && !path.includes(folder),
  );
  const terraformConfig = join(cache, 'terraformrc');
  return {
    ...env,
    PATH: [...folders, ...path].join(delimiter),
    ...(existsSync(terraformConfig) && !env.TF_CLI_CONFIG_FILE
      ? { TF_CLI_CONFIG_FILE: terraformConfig }
      : {}),
  };
}
