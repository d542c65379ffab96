import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';

/** The ids of all operations of the API document. */
export function documentedRoutes(): string[] {
  const file = resolve(
    __dirname,
    '../../../../../../plugins/kubesmith-common/openapi.yaml',
  );
  const { paths } = parse(readFileSync(file, 'utf8')) as {
    paths: Record<string, Record<string, { operationId?: string }>>;
  };
  return Object.values(paths)
    .flatMap(path => Object.values(path))
    .flatMap(({ operationId }) => operationId ?? [])
    .sort();
}
