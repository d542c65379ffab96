import {
  type FieldProblem,
  compareVersions,
  fieldProblem,
  minorsBetween,
  upgradesFrom,
} from '@kubesmith/plugin-kubesmith-common';
import type { KubernetesNode } from '../../../conditions/nodes';
import type { ClusterRecord, NodeRecord } from '../../../database/records';

/**
 * Why a cluster cannot be upgraded to a version; undefined if it can, as far as its record, its environment and Kubernetes' own list
 * of nodes say. What only the nodes know (packages, room, certificates) is found by the first step, before anything changes.
 *
 * @param offered - versions that the environment allows
 * @param seen - the nodes as Kubernetes has them, or why that is not known, a sentence
 */
export function upgradeProblem(options: {
  cluster: Pick<ClusterRecord, 'name' | 'environment' | 'spec'>;
  nodes: Pick<NodeRecord, 'name'>[];
  version: string;
  offered: readonly string[];
  seen: KubernetesNode[] | string;
}): FieldProblem | undefined {
  const { cluster, nodes, offered, seen, version } = options;
  const { name } = cluster;
  const now = cluster.spec.kubernetesVersion;
  const choices = upgradesFrom(now, offered).join(', ') || 'none is offered';
  const problem = (
    code: Parameters<typeof fieldProblem>[1],
    more: Record<string, string> = {},
  ) =>
    fieldProblem('kubernetesVersion', code, {
      name,
      now,
      version,
      choices,
      ...more,
    });

  // The one that it has goes on with an upgrade, whatever is offered by now.
  if (version !== now && !offered.includes(version))
    return problem('KUBESMITH-VERSION-UNKNOWN', {
      environment: cluster.environment,
    });
  if (compareVersions(version, now) < 0)
    return problem('KUBESMITH-UPGRADE-BACKWARDS');
  if (minorsBetween(now, version) > 1)
    return problem('KUBESMITH-UPGRADE-TOO-FAR');
  if (typeof seen === 'string')
    return problem('KUBESMITH-UPGRADE-UNHEALTHY', { detail: seen });

  const listed = nodes.map(node => ({
    node: node.name,
    found: seen.find(each => each.name === node.name),
  }));
  const missing = listed.find(({ found }) => !found);
  if (missing)
    return problem('KUBESMITH-UPGRADE-UNHEALTHY', {
      detail: `Kubernetes does not know ${missing.node}.`,
    });
  const behind = listed.filter(({ found }) => found!.version !== now);
  if (version === now && behind.length === 0)
    return problem('KUBESMITH-UPGRADE-NOTHING');
  // A half-done upgrade may have left a node not ready; one to another version must not begin on it.
  if (version !== now && behind.some(({ found }) => found!.version !== version))
    return problem('KUBESMITH-UPGRADE-UNFINISHED', {
      nodes: behind
        .map(({ node, found }) => `${node} has ${found!.version}`)
        .join(', '),
    });
  const bad = listed.find(
    ({ found }) => found!.ready !== 'True' && found!.version === now,
  );
  return bad
    ? problem('KUBESMITH-UPGRADE-UNHEALTHY', {
        detail: `${bad.node} is not ready.`,
      })
    : undefined;
}
