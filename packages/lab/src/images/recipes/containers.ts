import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Task } from '../engine/component.ts';
import { debianTools } from './debianTools.ts';
import { type Image, packImage } from './dockerArchive.ts';
import { COMMANDS, HYPER } from './kubernetes.ts';
import { type Layer, type LayerContent, packLayer } from './layer.ts';

/** What the container images are made of: folders of binaries, and a Debian root file system for iptables and a shell. */
export interface ContainerParts {
  kubernetes: string;
  etcd: string;
  coredns: string;
  cniPlugins: string;
  kubeRouter: string;
  tools: string;
  plain: string;
}

const USERS: LayerContent = {
  folders: ['tmp'],
  texts: {
    'etc/passwd':
      'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n',
    'etc/group': 'root:x:0:\nnogroup:x:65534:\n',
    'etc/nsswitch.conf': 'hosts: files dns\n',
  },
};

/** Images beyond those that kubeadm names. */
export function furtherImages(kubeRouterVersion: string): {
  kubeRouter: string;
  hello: string;
} {
  return {
    kubeRouter: `docker.io/cloudnativelabs/kube-router:v${kubeRouterVersion}`,
    hello: 'lab.local/hello:1',
  };
}

/**
 * Names of the images that kubeadm of this version wants, by their last part without tag (`etcd`, `pause`, …).
 * Asked of kubeadm itself, so they cannot differ.
 */
export async function kubeadmImages(
  kubernetes: string,
  version: string,
  task: Pick<Task, 'run'>,
): Promise<Record<string, string>> {
  const list = await task.run(join(kubernetes, 'kubeadm'), [
    'config',
    'images',
    'list',
    '--kubernetes-version',
    `v${version}`,
  ]);
  const names = list.trim().split('\n');
  return Object.fromEntries(
    names.map(name => [name.replace(/^.*\//, '').replace(/:.*$/, ''), name]),
  );
}

/** Makes all images as docker archives in the task's output. Images share layers, so that a node keeps each once. */
export async function makeContainers(
  parts: ContainerParts,
  versions: { kubernetes: string; kubeRouter: string },
  task: Task,
): Promise<void> {
  const work = `${task.output}.layers`;
  await mkdir(work);
  const pack = (name: string, content: LayerContent) =>
    packLayer(content, join(work, `${name}.tar`), task.run);
  const named = await kubeadmImages(
    parts.kubernetes,
    versions.kubernetes,
    task,
  );
  const further = furtherImages(versions.kubeRouter);

  const base = await pack('base', USERS);
  const debian = await pack('debian', await debianTools(parts.plain, task.run));
  const commands = await commandLayers(parts.kubernetes, pack);
  const program = async (folder: string, name: string) => [
    base,
    await pack(name, { files: { [name]: join(folder, name) } }),
  ];

  const images: Image[] = [
    ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map(
      name => ({
        name: known(named, name),
        layers: [base, commands[name]!],
        entrypoint: [`/usr/local/bin/${name}`],
      }),
    ),
    {
      name: known(named, 'kube-proxy'),
      layers: [base, commands['kube-proxy']!, debian],
      entrypoint: ['/usr/local/bin/kube-proxy'],
    },
    {
      name: known(named, 'etcd'),
      layers: [
        base,
        await pack('etcd', {
          files: { 'usr/local/bin/etcd': join(parts.etcd, 'etcd') },
        }),
      ],
      command: ['etcd'],
    },
    {
      name: known(named, 'coredns'),
      layers: await program(parts.coredns, 'coredns'),
      entrypoint: ['/coredns'],
    },
    {
      name: known(named, 'pause'),
      layers: await program(parts.tools, 'pause'),
      entrypoint: ['/pause'],
    },
    {
      name: further.hello,
      layers: await program(parts.tools, 'hello'),
      entrypoint: ['/hello'],
    },
    {
      name: further.kubeRouter,
      layers: [
        base,
        debian,
        await pack('kube-router', kubeRouterContent(parts)),
      ],
      entrypoint: ['/usr/local/bin/kube-router'],
    },
  ];
  for (const image of images) await packImage(image, task.output, task.run);
  await rm(work, { recursive: true });
}

/** One layer for all commands if they are one program, else one each. */
async function commandLayers(
  kubernetes: string,
  pack: (name: string, content: LayerContent) => Promise<Layer>,
): Promise<Record<string, Layer>> {
  const hyper = join(kubernetes, HYPER);
  if (existsSync(hyper)) {
    const links = Object.fromEntries(
      COMMANDS.map(name => [`usr/local/bin/${name}`, HYPER]),
    );
    const shared = await pack(HYPER, {
      files: { [`usr/local/bin/${HYPER}`]: hyper },
      links,
    });
    return Object.fromEntries(COMMANDS.map(name => [name, shared]));
  }
  const layers: Record<string, Layer> = {};
  for (const name of COMMANDS.filter(command => command.startsWith('kube-'))) {
    layers[name] = await pack(name, {
      files: { [`usr/local/bin/${name}`]: join(kubernetes, name) },
    });
  }
  return layers;
}

/** The manifest copies the CNI plugins from the image to the node, as with upstream's image. */
function kubeRouterContent(parts: ContainerParts): LayerContent {
  const plugins = ['bridge', 'portmap', 'host-local', 'loopback'];
  return {
    files: {
      'usr/local/bin/kube-router': join(parts.kubeRouter, 'kube-router'),
      ...Object.fromEntries(
        plugins.map(name => [
          `usr/libexec/cni/${name}`,
          join(parts.cniPlugins, name),
        ]),
      ),
    },
  };
}

function known(named: Record<string, string>, name: string): string {
  const image = named[name];
  if (!image)
    throw new Error(
      `kubeadm does not name an image for ${name}; it names ${Object.values(
        named,
      ).join(', ')}`,
    );
  return image;
}
