import {
  type FieldProblem,
  fieldProblem,
} from '@kubesmith/plugin-kubesmith-common';
import type { KubernetesNode } from '../../conditions/nodes';
import type { ClusterRecord, NodeRecord } from '../../database/records';

/**
 * That nodes have another version than their cluster, as an upgrade leaves them that did not come to its end; undefined when none has,
 * or when it is not known.
 *
 * @param nodes - those that count
 * @param seen - the nodes as Kubernetes has them, or why that is not known
 */
export function otherVersions(
  { name, spec }: Pick<ClusterRecord, 'name' | 'spec'>,
  nodes: Pick<NodeRecord, 'name'>[],
  seen: KubernetesNode[] | string,
  field = 'kind',
): FieldProblem | undefined {
  if (typeof seen === 'string') return undefined;
  const others = seen.filter(
    node =>
      node.version !== spec.kubernetesVersion &&
      nodes.some(one => one.name === node.name),
  );
  return others.length > 0
    ? fieldProblem(field, 'KUBESMITH-UPGRADE-UNFINISHED', {
        name,
        now: spec.kubernetesVersion,
        nodes: others
          .map(node => `${node.name} has ${node.version || 'an unknown one'}`)
          .join(', '),
      })
    : undefined;
}
