import type { ClusterRecord, NodeRecord } from '../../../database/records';
import type { BackupRecord } from '../../../backups/records';
import { DRAIN_SECONDS } from '../../../steps/drain/drainNode';
import { describeLeaving } from '../backups/describeBackup';
import type { PlanDraft } from '../RequestableOperation';

/**
 * What an upgrade would do, for people.
 *
 * @param todo - names of the nodes that do not have the version
 * @param leaving - backups that make room for the new one
 */
export function describeUpgrade(
  options: {
    cluster: Pick<ClusterRecord, 'name' | 'spec'>;
    nodes: Pick<NodeRecord, 'name' | 'role'>[];
    version: string;
  },
  todo: string[],
  leaving: BackupRecord[],
): Required<Pick<PlanDraft, 'summary' | 'effects' | 'warnings'>> {
  const { cluster, nodes, version } = options;
  const now = cluster.spec.kubernetesVersion;
  const isAlone = nodes.length === 1;
  const ordered = ['control-plane', 'worker'].flatMap(role =>
    nodes.filter(node => node.role === role),
  );
  return {
    summary:
      version === now
        ? `The upgrade of '${cluster.name}' to Kubernetes ${version} goes on: ${todo.length} of ${nodes.length} nodes are left`
        : `The cluster '${cluster.name}' goes from Kubernetes ${now} to ${version}`,
    effects: [
      {
        text: 'Every node is looked at before anything changes: versions, packages, room on the disk, certificates, kubelets, the API and etcd.',
      },
      { text: 'A backup of etcd is taken and kept in the portal.' },
      ...leaving.map(backup => ({ text: describeLeaving(backup) })),
      ...ordered.map(({ name, role }) => ({
        node: name,
        text: textFor(role, { isDone: !todo.includes(name), isAlone, version }),
      })),
    ],
    warnings: [
      'There is no way back: Kubernetes cannot be downgraded. The backup restores objects, not the old version.',
      'The Kubernetes API does not answer for moments while the control plane starts again. Programs that use beta versions of APIs may need other ones: see the release notes of Kubernetes.',
      ...(isAlone
        ? [
            'There is no other node to which Pods could move: they stay, and their containers may start again.',
          ]
        : [
            `Pods move from node to node, each node has ${
              DRAIN_SECONDS / 60
            } minutes for that. A Pod that must not be evicted stops the upgrade there; what only its node had (emptyDir) is lost.`,
          ]),
    ],
  };
}

function textFor(
  role: NodeRecord['role'],
  about: { isDone: boolean; isAlone: boolean; version: string },
): string {
  const { isAlone, isDone, version } = about;
  if (isDone) return `It has ${version} already and is left alone.`;
  const own = isAlone
    ? 'its kubelet is upgraded and starts again'
    : 'Pods move away, its kubelet is upgraded and starts again, and Pods may come back';
  return role === 'control-plane'
    ? `First etcd, the API, the controllers and the scheduler are upgraded, then ${own}.`
    : `When its turn comes ${own}.`;
}
