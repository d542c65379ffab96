import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import {
  MAX_POLICY_LENGTH,
  type PolicyDocument,
  type PolicyProblem,
  parsePolicies,
} from '@kubesmith/plugin-kubesmith-common';
import type { PolicyPart } from './ReferenceWatch';

/** What was found in policy files. */
export type LoadedPolicyFiles = {
  /** All roles; missing when something is wrong. */
  document?: PolicyDocument;
  problems: PolicyProblem[];
  /** Each file by itself. */
  parts: PolicyPart[];
  /** Absolute paths of all files that were looked at, also of those that are missing. */
  files: string[];
  /** Changes when one of the texts does. */
  fingerprint: string;
};

/** More than this is a mistake, or an attack on the memory. */
const MAX_FILES = 100;

const MAX_BYTES = MAX_POLICY_LENGTH * 4;

async function readPolicyFile(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size > MAX_BYTES) {
    throw new Error(
      `has ${size} bytes; ${MAX_POLICY_LENGTH} characters are allowed. Use groups instead of long lists of people, or several files`,
    );
  }
  return readFile(path, 'utf8');
}

function reasonOf(error: unknown): string {
  if ((error as NodeJS.ErrnoException)?.code === 'ENOENT') {
    return 'there is no such file';
  }
  return error instanceof Error ? error.message : String(error);
}

/** Reads policies from files and from the files that these include. Never throws because of what is in them. */
export async function loadPolicyFiles(
  paths: readonly string[],
): Promise<LoadedPolicyFiles> {
  const problems: PolicyProblem[] = [];
  const visited = new Map<string, string>();
  const roles: PolicyDocument['roles'] = [];
  const parts: PolicyPart[] = [];
  const definedIn = new Map<string, string>();
  const shown = (path: string) => {
    const short = relative(process.cwd(), path);
    return short.startsWith('..') ? path : short;
  };

  /** @param from - the files that led here, and how to name the place of the last include */
  async function visit(
    path: string,
    chain: readonly string[],
    place: Omit<PolicyProblem, 'message'>,
  ): Promise<void> {
    if (chain.includes(path)) {
      problems.push({
        ...place,
        message: `these files include each other: ${[...chain, path]
          .map(shown)
          .join(' > ')}`,
      });
      return;
    }
    if (visited.has(path)) {
      return;
    }
    if (visited.size >= MAX_FILES) {
      problems.push({
        ...place,
        message: `more than ${MAX_FILES} files with policies`,
      });
      return;
    }
    let text: string;
    try {
      text = await readPolicyFile(path);
    } catch (error) {
      visited.set(path, '');
      problems.push({
        ...place,
        message: `${shown(path)}: ${reasonOf(error)}`,
      });
      return;
    }
    visited.set(path, text);
    const parsed = parsePolicies(text, { file: shown(path) });
    if (!parsed.document) {
      problems.push(...parsed.problems);
      return;
    }
    const { document, positions } = parsed;
    parts.push({ document, positions });
    document.roles.forEach((role, index) => {
      const earlier = definedIn.get(role.name);
      if (earlier) {
        problems.push({
          ...positions(['roles', index, 'name']),
          message: `there already is a role '${role.name}' in ${shown(
            earlier,
          )}`,
        });
      }
      definedIn.set(role.name, path);
      roles.push(role);
    });
    for (const [index, include] of (document.include ?? []).entries()) {
      await visit(
        resolve(dirname(path), include),
        [...chain, path],
        positions(['include', index]),
      );
    }
  }

  for (const [index, path] of paths.entries()) {
    await visit(resolve(path), [], {
      path: `kubesmith.policies.files[${index}]`,
    });
  }
  return {
    document:
      problems.length === 0
        ? { apiVersion: 'kubesmith.io/v1', kind: 'Policies', roles }
        : undefined,
    problems,
    parts,
    files: [...visited.keys()],
    fingerprint: createHash('sha256')
      .update(JSON.stringify([...visited]))
      .digest('hex'),
  };
}
