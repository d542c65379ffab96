import { readFileSync } from 'node:fs';
import { resolvePackagePath } from '@backstage/backend-plugin-api';
import { Policies, parsePolicies } from '@kubesmith/plugin-kubesmith-common';

/** The policies that ship, as YAML. */
export function readDefaultPolicies(): string {
  return readFileSync(
    resolvePackagePath(
      '@kubesmith/plugin-permission-backend-module-kubesmith',
      'policies/default.yaml',
    ),
    'utf8',
  );
}

/**
 * Policies from YAML that was checked before.
 *
 * @throws Error with the problems, when the text is no valid policy after all
 */
export function compilePolicies(
  yaml: string,
  administrators: readonly string[],
): Policies {
  const { document, problems } = parsePolicies(yaml);
  if (!document) {
    throw new Error(
      `The policies cannot be used: ${problems
        .map(({ path, message }) => `${path} ${message}`.trim())
        .join('; ')}`,
    );
  }
  return new Policies(document, { administrators });
}
