import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recipe, releasesOf } from './components.ts';
import type { Component, Task } from './engine/component.ts';
import { makeNodeContainers } from './etcdImage.ts';
import { imagesFolder, SOURCES } from './paths.ts';
import { makeAptRepository, PACKAGE_SOURCES } from './recipes/aptRepository.ts';
import { kubeadmImages, makeContainers } from './recipes/containers.ts';
import { CONTAINER_SOURCES } from './recipes/debianTools.ts';
import { goModule } from './recipes/goProgram.ts';
import { makeKubernetes } from './recipes/kubernetes.ts';
import { makeOlder, OLDER_SOURCES } from './recipes/olderRootfs.ts';
import { GOLDEN_SOURCES } from './recipes/rootfs.ts';
import { versions } from './versions.ts';

/** The version from which the lab's clusters can be upgraded to the usual one (`images/older.json`), without v. */
export const olderKubernetes: string = JSON.parse(
  readFileSync(join(SOURCES, 'older.json'), 'utf8'),
).kubernetes;

/**
 * A template with an older Kubernetes, for upgrades to the usual version. None of it is built unless asked for:
 * `cli.ts build older`. Its etcd, CoreDNS and pause are the usual programs under the names that the older kubeadm says.
 */
export function olderComponents(
  env: NodeJS.ProcessEnv = process.env,
): Component[] {
  const version = olderKubernetes;
  const main = join(goModule('kubernetes'), 'main.go');
  return [
    {
      name: 'kubernetes-older',
      title: `Kubernetes ${version}`,
      onDemand: true,
      needs: [],
      sources: [goModule('kubernetes-older'), main],
      values: { version },
      output: `bin/kubernetes-${version}`,
      exclusive: true,
      build: task =>
        makeKubernetes(version, releasesOf(env), task, 'kubernetes-older'),
    },
    {
      name: 'containers-older',
      title: `container images of Kubernetes ${version}`,
      onDemand: true,
      needs: [
        'kubernetes-older',
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
      output: `containers/k8s-${version}`,
      exclusive: false,
      build: task =>
        makeContainers(
          {
            kubernetes: task.resultOf('kubernetes-older'),
            etcd: task.resultOf('etcd'),
            coredns: task.resultOf('coredns'),
            cniPlugins: task.resultOf('cni-plugins'),
            kubeRouter: task.resultOf('kube-router'),
            tools: task.resultOf('tools'),
            plain: task.resultOf('plain'),
          },
          { kubernetes: version, kubeRouter: versions['kube-router'] },
          task,
        ),
    },
    {
      name: 'node-containers-older',
      title: "the same with etcd's tools",
      onDemand: true,
      needs: ['kubernetes-older', 'containers-older', 'etcd', 'etcd-tools'],
      sources: [
        join(import.meta.dirname, 'etcdImage.ts'),
        ...['layer.ts', 'dockerArchive.ts'].map(recipe),
      ],
      values: {},
      output: `containers/nodes-${version}`,
      exclusive: false,
      build: task =>
        makeNodeContainers(
          {
            kubernetes: task.resultOf('kubernetes-older'),
            containers: task.resultOf('containers-older'),
            etcd: task.resultOf('etcd'),
            etcdTools: task.resultOf('etcd-tools'),
          },
          version,
          task,
        ),
    },
    {
      name: 'apt-older',
      title: `Debian packages of Kubernetes ${version}`,
      onDemand: true,
      needs: ['kubernetes-older', 'cni-plugins'],
      sources: [PACKAGE_SOURCES, recipe('aptRepository.ts')],
      values: {},
      output: 'apt-older',
      exclusive: false,
      build: task =>
        makeAptRepository(
          { kubernetes: version, 'cni-plugins': versions['cni-plugins'] },
          join(imagesFolder(env), 'apt-key'),
          withOlder(task),
        ),
    },
    {
      name: 'older',
      title: `root file system with Kubernetes ${version}, and the containers of ${versions.kubernetes} too`,
      onDemand: true,
      needs: [
        'plain',
        'kubernetes-older',
        'apt-older',
        'node-containers-older',
        'node-containers',
      ],
      sources: [
        GOLDEN_SOURCES,
        OLDER_SOURCES,
        ...['rootfs.ts', 'olderRootfs.ts'].map(recipe),
      ],
      values: {},
      output: 'rootfs/older-{hash}',
      link: 'rootfs/older',
      exclusive: false,
      async build(task) {
        const kubernetes = task.resultOf('kubernetes-older');
        const { pause } = await kubeadmImages(kubernetes, version, task);
        await makeOlder(
          {
            plain: task.resultOf('plain'),
            packages: task.resultOf('apt-older'),
            kubernetes,
            containers: task.resultOf('node-containers-older'),
            pauseImage: pause!,
          },
          task.resultOf('node-containers'),
          task,
        );
      },
    },
  ];
}

/** Recipes speak of `kubernetes`: here that is the older one. */
function withOlder(task: Task): Task {
  return {
    ...task,
    resultOf: name =>
      task.resultOf(name === 'kubernetes' ? 'kubernetes-older' : name),
  };
}
