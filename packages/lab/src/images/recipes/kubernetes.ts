import { link } from 'node:fs/promises';
import { join } from 'node:path';
import type { Task } from '../engine/component.ts';
import { buildGoProgram } from './goProgram.ts';
import { downloadRelease } from './release.ts';

/** Commands of Kubernetes that the lab uses. */
export const COMMANDS = [
  'kubeadm',
  'kubectl',
  'kubelet',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-proxy',
] as const;

/** The program behind all commands, if they were built here: all of them are links to it. */
export const HYPER = 'hyper';

/**
 * Makes the commands of Kubernetes: official binaries where they can be reached, else one program with seven names.
 *
 * @param module - folder below images/go that pins this version
 */
export async function makeKubernetes(
  version: string,
  releases: string | undefined,
  task: Task,
  module = 'kubernetes',
): Promise<void> {
  const files = COMMANDS.map(String);
  if (
    releases &&
    (await downloadRelease(
      releases.replaceAll('{version}', version),
      files,
      task,
    ))
  )
    return;
  await buildGoProgram(
    {
      module,
      package: '.',
      binary: HYPER,
      variables: versionVariables(version),
    },
    task,
  );
  for (const command of COMMANDS)
    await link(join(task.output, HYPER), join(task.output, command));
}

/** What upstream's build writes into the binaries; kubeadm takes its default images and checks of skew from it. */
function versionVariables(version: string): Record<string, string> {
  const [major = '', minor = ''] = version.split('.');
  const values = {
    gitVersion: `v${version}`,
    gitMajor: major,
    gitMinor: minor,
    gitCommit: 'kubesmith-lab',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
  };
  return Object.fromEntries(
    ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap(
      target =>
        Object.entries(values).map(([name, value]) => [
          `${target}.${name}`,
          value,
        ]),
    ),
  );
}
