import { readFile } from 'node:fs/promises';
import { inRepository } from '../layout.ts';

/** What docs/admin/add-to-your-backstage.md tells people to type. */
export interface Guide {
  /** Packages by the workspace that they are added to. */
  packages: { backend: string[]; app: string[] };
  /** Lines for packages/backend/src/index.ts. */
  backendLines: string[];
  /** Text of app-config.kubesmith.yaml. */
  config: string;
}

/** Reads the guide's code blocks, so that the test does what the guide says. */
export async function readGuide(): Promise<Guide> {
  const text = await readFile(
    inRepository('docs', 'admin', 'add-to-your-backstage.md'),
    'utf8',
  );
  const block = (language: string, mark: string): string => {
    const found = [...text.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].find(
      ([, name, body]) => name === language && body!.includes(mark),
    );
    if (!found) throw new Error(`The guide has no ${language} with ${mark}`);
    return found[2]!;
  };
  const added = (workspace: string) =>
    [
      ...block('sh', `packages/${workspace} add`)
        .split(/^yarn /m)
        .find(command => command.includes(`packages/${workspace} add`))!
        .matchAll(/@kubesmith\/[\w-]+/g),
    ].map(([name]) => name);
  return {
    packages: { backend: added('backend'), app: added('app') },
    backendLines: block('ts', 'backend.add')
      .split('\n')
      .filter(line => line.startsWith('backend.add')),
    config: block('yaml', 'kubesmith:'),
  };
}
