import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Component } from './engine/component.ts';
import { makeNodeContainers } from './etcdImage.ts';
import { imagesFolder, SOURCES } from './paths.ts';
import { makeAptRepository, PACKAGE_SOURCES } from './recipes/aptRepository.ts';
import {
  furtherImages,
  kubeadmImages,
  makeContainers,
} from './recipes/containers.ts';
import { CONTAINER_SOURCES } from './recipes/debianTools.ts';
import {
  buildGoProgram,
  goModule,
  type GoProgram,
} from './recipes/goProgram.ts';
import { makeKubernetes } from './recipes/kubernetes.ts';
import {
  GOLDEN_SOURCES,
  makeGolden,
  makePlain,
  PLAIN_SOURCES,
} from './recipes/rootfs.ts';
import { versions } from './versions.ts';

const { kubernetesReleases } = JSON.parse(
  readFileSync(join(SOURCES, 'sources.json'), 'utf8'),
) as {
  kubernetesReleases: string;
};

/** Path of a recipe, for a component's sources. */
export const recipe = (name: string) =>
  join(import.meta.dirname, 'recipes', name);

/** Address of Kubernetes' releases; undefined when it is to be built from source. */
export function releasesOf(env: NodeJS.ProcessEnv): string | undefined {
  const releases = env.KUBESMITH_KUBERNETES_RELEASES ?? kubernetesReleases;
  return releases === 'off' ? undefined : releases;
}

/** A component of Go programs of one pinned module. */
function goComponent(
  name:
    | 'etcd'
    | 'etcd-tools'
    | 'coredns'
    | 'cni-plugins'
    | 'kube-router'
    | 'tools',
  title: string,
  programs: Omit<GoProgram, 'module'>[],
): Component {
  // One release brings server and tools.
  const version = versions[name === 'etcd-tools' ? 'etcd' : name];
  return {
    name,
    title: `${title} ${version} from Go modules`,
    needs: [],
    sources: [goModule(name)],
    values: { version, programs },
    output: `bin/${name}-${version}`,
    exclusive: true,
    async build(task) {
      for (const program of programs)
        await buildGoProgram({ module: name, ...program }, task);
    },
  };
}

/**
 * All that the lab's images are made of, in the order of need. The slow ones that wait for nothing come first.
 *
 * Environment: KUBESMITH_KUBERNETES_RELEASES replaces the address of Kubernetes' releases (`off`: build from source),
 * KUBESMITH_DEBIAN_MIRROR that of Debian's packages.
 */
export function components(env: NodeJS.ProcessEnv = process.env): Component[] {
  const releases = releasesOf(env);
  return [
    {
      name: 'kubernetes',
      title: `Kubernetes ${versions.kubernetes}`,
      needs: [],
      sources: [goModule('kubernetes')],
      values: { version: versions.kubernetes },
      output: `bin/kubernetes-${versions.kubernetes}`,
      exclusive: true,
      build: task => makeKubernetes(versions.kubernetes, releases, task),
    },
    goComponent('etcd', 'etcd', [
      { package: 'go.etcd.io/etcd/server/v3', binary: 'etcd' },
    ]),
    goComponent(
      'etcd-tools',
      'etcdctl and etcdutl',
      ['etcdctl', 'etcdutl'].map(binary => ({
        package: `go.etcd.io/etcd/${binary}/v3`,
        binary,
      })),
    ),
    goComponent('coredns', 'CoreDNS', [
      { package: 'github.com/coredns/coredns', binary: 'coredns' },
    ]),
    goComponent('kube-router', 'kube-router', [
      {
        package: 'github.com/cloudnativelabs/kube-router/v2/cmd/kube-router',
        binary: 'kube-router',
        variables: {
          'github.com/cloudnativelabs/kube-router/v2/pkg/version.Version': `v${versions['kube-router']}`,
        },
      },
    ]),
    goComponent(
      'cni-plugins',
      'CNI plugins',
      ['main/bridge', 'main/loopback', 'ipam/host-local', 'meta/portmap'].map(
        path => ({
          package: `github.com/containernetworking/plugins/plugins/${path}`,
          binary: path.replace(/.*\//, ''),
          variables: {
            'github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion': `v${versions['cni-plugins']}`,
          },
        }),
      ),
    ),
    goComponent('tools', 'pause and hello', [
      { package: './pause', binary: 'pause' },
      { package: './hello', binary: 'hello' },
    ]),
    {
      name: 'plain',
      title: `root file system of Debian ${versions.debian}`,
      needs: [],
      sources: [PLAIN_SOURCES],
      values: { debian: versions.debian },
      output: 'rootfs/plain-{hash}',
      link: 'rootfs/plain',
      exclusive: false,
      build: task =>
        makePlain(versions.debian, env.KUBESMITH_DEBIAN_MIRROR, task),
    },
    {
      name: 'containers',
      title: 'container images',
      needs: [
        'kubernetes',
        'etcd',
        'coredns',
        'kube-router',
        'cni-plugins',
        'tools',
        'plain',
      ],
      sources: [
        CONTAINER_SOURCES,
        ...[
          'containers.ts',
          'debianTools.ts',
          'layer.ts',
          'dockerArchive.ts',
        ].map(recipe),
      ],
      values: {},
      output: `containers/k8s-${versions.kubernetes}`,
      exclusive: false,
      build: task =>
        makeContainers(
          {
            kubernetes: task.resultOf('kubernetes'),
            etcd: task.resultOf('etcd'),
            coredns: task.resultOf('coredns'),
            cniPlugins: task.resultOf('cni-plugins'),
            kubeRouter: task.resultOf('kube-router'),
            tools: task.resultOf('tools'),
            plain: task.resultOf('plain'),
          },
          {
            kubernetes: versions.kubernetes,
            kubeRouter: versions['kube-router'],
          },
          task,
        ),
    },
    {
      name: 'node-containers',
      title: "container images with etcd's tools",
      needs: ['kubernetes', 'containers', 'etcd', 'etcd-tools'],
      sources: [
        join(import.meta.dirname, 'etcdImage.ts'),
        ...['layer.ts', 'dockerArchive.ts'].map(recipe),
      ],
      values: {},
      output: `containers/nodes-${versions.kubernetes}`,
      exclusive: false,
      build: task =>
        makeNodeContainers(
          {
            kubernetes: task.resultOf('kubernetes'),
            containers: task.resultOf('containers'),
            etcd: task.resultOf('etcd'),
            etcdTools: task.resultOf('etcd-tools'),
          },
          versions.kubernetes,
          task,
        ),
    },
    {
      name: 'apt',
      title: 'Debian packages in a signed repository',
      needs: ['kubernetes', 'cni-plugins'],
      sources: [PACKAGE_SOURCES, recipe('aptRepository.ts')],
      values: {},
      output: 'apt',
      exclusive: false,
      build: task =>
        makeAptRepository(
          {
            kubernetes: versions.kubernetes,
            'cni-plugins': versions['cni-plugins'],
          },
          join(imagesFolder(env), 'apt-key'),
          task,
        ),
    },
    {
      name: 'golden',
      title: 'root file system with Kubernetes and its containers',
      needs: ['plain', 'kubernetes', 'apt', 'node-containers'],
      sources: [GOLDEN_SOURCES, recipe('rootfs.ts')],
      values: {},
      output: 'rootfs/golden-{hash}',
      link: 'rootfs/golden',
      exclusive: false,
      async build(task) {
        const kubernetes = task.resultOf('kubernetes');
        const images = await kubeadmImages(
          kubernetes,
          versions.kubernetes,
          task,
        );
        await makeGolden(
          {
            plain: task.resultOf('plain'),
            packages: task.resultOf('apt'),
            kubernetes,
            containers: task.resultOf('node-containers'),
            pauseImage: images.pause!,
          },
          task,
        );
      },
    },
  ];
}

/** For versions.json in the cache: what the images hold. */
export function contents(): Record<string, unknown> {
  return { ...versions, images: furtherImages(versions['kube-router']) };
}
