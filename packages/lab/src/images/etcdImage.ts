import { copyFile, link, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Task } from './engine/component.ts';
import { kubeadmImages } from './recipes/containers.ts';
import { archiveName, packImage } from './recipes/dockerArchive.ts';
import { packLayer } from './recipes/layer.ts';

/** Folders of what the archives are made of. */
export interface NodeContainerParts {
  kubernetes: string;
  containers: string;
  etcd: string;
  etcdTools: string;
}

/**
 * All container archives for nodes: those of `containers`, with etcd's image as upstream ships it, that is with etcdctl and etcdutl
 * beside the server. What did not change is the same file on disk.
 */
export async function makeNodeContainers(
  parts: NodeContainerParts,
  kubernetesVersion: string,
  task: Task,
): Promise<void> {
  const named = await kubeadmImages(parts.kubernetes, kubernetesVersion, task);
  const etcd = named.etcd!;
  for (const file of await readdir(parts.containers)) {
    if (file === archiveName(etcd)) continue;
    const from = join(parts.containers, file);
    const to = join(task.output, file);
    await link(from, to).catch(() => copyFile(from, to));
  }
  const work = `${task.output}.layers`;
  await mkdir(work);
  const pack = (name: string, folder: string) =>
    packLayer(
      { files: { [`usr/local/bin/${name}`]: join(folder, name) } },
      join(work, `${name}.tar`),
      task.run,
    );
  const base = await packLayer(
    {
      folders: ['tmp'],
      texts: {
        'etc/passwd':
          'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n',
        'etc/group': 'root:x:0:\nnogroup:x:65534:\n',
      },
    },
    join(work, 'base.tar'),
    task.run,
  );
  await packImage(
    {
      name: etcd,
      layers: [
        base,
        await pack('etcd', parts.etcd),
        await pack('etcdctl', parts.etcdTools),
        await pack('etcdutl', parts.etcdTools),
      ],
      command: ['etcd'],
    },
    task.output,
    task.run,
  );
  await rm(work, { recursive: true });
}
