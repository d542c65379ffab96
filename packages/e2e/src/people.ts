import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import { inRepository } from './layout.ts';

/** Somebody who may sign in to the lab's portal. */
export interface Person {
  name: string;
  displayName: string;
  groups: string[];
}

/** The demo people, from the file that the identity provider and the catalog read as well. */
export async function readPeople(): Promise<Person[]> {
  const text = await readFile(inRepository('examples', 'people.yaml'), 'utf8');
  return parseAllDocuments(text)
    .map(document => document.toJS())
    .filter(entity => entity?.kind === 'User')
    .map(({ metadata, spec }) => ({
      name: metadata.name,
      displayName: spec.profile?.displayName ?? metadata.name,
      groups: spec.memberOf ?? [],
    }));
}
