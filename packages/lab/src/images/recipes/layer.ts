import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Run } from '../engine/run.ts';

/** Content of one layer of a container image. Paths without a leading slash. */
export interface LayerContent {
  /** Path in the image to a file to copy, mode included. */
  files?: Record<string, string>;
  /** Path in the image to text, mode 0644. */
  texts?: Record<string, string>;
  /** Path of a symbolic link to its target. */
  links?: Record<string, string>;
  /** Empty folders; `tmp` becomes world-writable. */
  folders?: string[];
}

/** A layer as a file. */
export interface Layer {
  /** Path of the uncompressed archive. */
  path: string;
  /** `sha256:…` of the archive: the diff id. */
  digest: string;
}

/** Packs a layer. The same content gives the same archive: sorted names, no times, owner root. */
export async function packLayer(
  content: LayerContent,
  path: string,
  run: Run,
): Promise<Layer> {
  const tree = `${path}.tree`;
  await mkdir(tree, { recursive: true });
  for (const folder of content.folders ?? [])
    await mkdir(join(tree, folder), { recursive: true });
  for (const [name, source] of Object.entries(content.files ?? {})) {
    await parent(tree, name);
    await copyFile(source, join(tree, name));
  }
  for (const [name, text] of Object.entries(content.texts ?? {})) {
    await parent(tree, name);
    await writeFile(join(tree, name), text);
  }
  for (const [name, target] of Object.entries(content.links ?? {})) {
    await parent(tree, name);
    await symlink(target, join(tree, name));
  }
  await run('chmod', ['-R', 'u=rwX,go=rX', tree]);
  if (content.folders?.includes('tmp'))
    await run('chmod', ['1777', join(tree, 'tmp')]);
  await packFolder(tree, path, run);
  await rm(tree, { recursive: true });
  return { path, digest: `sha256:${await sha256OfFile(path)}` };
}

/** A reproducible archive of a folder's content. */
export async function packFolder(
  folder: string,
  path: string,
  run: Run,
): Promise<void> {
  await run('tar', [
    '--create',
    `--file=${path}`,
    '--format=gnu',
    '--sort=name',
    '--mtime=@0',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    `--directory=${folder}`,
    '--transform=s,^\\./,,',
    '.',
  ]);
}

/** SHA-256 sum of a file in hex. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function parent(tree: string, name: string): Promise<void> {
  await mkdir(dirname(join(tree, name)), { recursive: true });
}
