import { createHash } from 'node:crypto';
import { link, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Run } from '../engine/run.ts';
import { type Layer, packFolder } from './layer.ts';

/** A container image to pack. */
export interface Image {
  /** Full name with tag: registry/repository:tag. */
  name: string;
  /** From the lowest to the topmost. */
  layers: Layer[];
  entrypoint?: string[];
  command?: string[];
}

/** File name of an image's archive: last part of its name, `_` before the tag. */
export function archiveName(image: string): string {
  return `${image.slice(image.lastIndexOf('/') + 1).replace(':', '_')}.tar`;
}

/** Packs an image as a docker archive (what `docker save` writes and `ctr images import` reads) into a folder. */
export async function packImage(
  image: Image,
  folder: string,
  run: Run,
): Promise<void> {
  const path = join(folder, archiveName(image.name));
  const tree = `${path}.tree`;
  await mkdir(tree);
  const config = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    config: {
      Env: [
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      ],
      ...(image.entrypoint && { Entrypoint: image.entrypoint }),
      ...(image.command && { Cmd: image.command }),
    },
    rootfs: {
      type: 'layers',
      diff_ids: image.layers.map(layer => layer.digest),
    },
    history: image.layers.map(() => ({ created_by: 'kubesmith lab' })),
  });
  const configName = `${createHash('sha256')
    .update(config)
    .digest('hex')}.json`;
  const layerNames = image.layers.map(
    layer => `${layer.digest.replace('sha256:', '')}.tar`,
  );
  await writeFile(join(tree, configName), config);
  await writeFile(
    join(tree, 'manifest.json'),
    JSON.stringify([
      { Config: configName, RepoTags: [image.name], Layers: layerNames },
    ]),
  );
  for (const [index, layer] of image.layers.entries())
    await link(layer.path, join(tree, layerNames[index]!));
  await packFolder(tree, path, run);
  await rm(tree, { recursive: true });
}
