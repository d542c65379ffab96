import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Component } from './component.ts';

/** Hash over a component's sources, values and the hashes of what it needs. Independent of where the clone lies. */
export async function hashInputs(
  component: Component,
  needed: Record<string, string>,
): Promise<string> {
  const hash = createHash('sha256');
  hash.update(
    JSON.stringify({ name: component.name, values: component.values, needed }),
  );
  for (const [index, source] of component.sources.entries()) {
    for (const file of await filesIn(source)) {
      hash.update(`\0${index} ${relative(source, file)}\0`);
      hash.update(await readFile(file));
    }
  }
  return hash.digest('hex');
}

async function filesIn(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort();
}
