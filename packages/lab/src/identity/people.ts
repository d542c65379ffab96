import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';

/** Someone who can sign in. */
export interface Person {
  /** Name of the catalog's User entity, which is the subject of the tokens too. */
  name: string;
  displayName: string;
  email: string;
  /** Names of Group entities. */
  groups: string[];
}

interface UserEntity {
  kind?: string;
  metadata: { name: string };
  spec: { profile: { displayName: string; email: string }; memberOf: string[] };
}

/**
 * The users of a catalog file, by name.
 *
 * @throws Error for a file that is not YAML, or that has no user
 */
export async function readPeople(file: string): Promise<Map<string, Person>> {
  const documents = parseAllDocuments(await readFile(file, 'utf8'));
  const broken = documents.flatMap(document => document.errors)[0];
  if (broken) throw new Error(`${file}: ${broken.message}`);
  const users = documents
    .map(document => document.toJS() as UserEntity | null)
    .filter(entity => entity?.kind === 'User') as UserEntity[];
  if (users.length === 0) throw new Error(`${file} has no entity of kind User`);
  return new Map(
    users.map(({ metadata: { name }, spec }) => [
      name,
      {
        name,
        displayName: spec.profile.displayName,
        email: spec.profile.email,
        groups: spec.memberOf,
      },
    ]),
  );
}
