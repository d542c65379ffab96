import type { EnvironmentConfig } from '../../config/types';
import type { ClusterRecord, NodeRecord } from '../../database/records';
import { checkedNodeName } from '../nodeNames';

const POD_CIDR = '10.244.0.0/16';
const SERVICE_CIDR = '10.96.0.0/16';

/**
 * Marks every text in a value as data. Ansible evaluates `{{ … }}` in any string of an inventory, so a name could otherwise
 * run programs on the portal's machine; marked ones stay what they are.
 */
export function markUnsafe(value: unknown): unknown {
  if (typeof value === 'string') return { __ansible_unsafe: value };
  if (Array.isArray(value)) return value.map(markUnsafe);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [key, markUnsafe(entry)]),
    );
  }
  return value;
}

/** The inventory of a cluster: its nodes and what the roles must know, as data only. */
export function clusterInventory(options: {
  cluster: ClusterRecord;
  nodes: NodeRecord[];
  environment: EnvironmentConfig;
  operationId: string;
  kubectlPublicKey: string;
  /** What one playbook alone must know. */
  extra?: Record<string, unknown>;
}): Record<string, unknown> {
  const { cluster, nodes, environment, operationId, kubectlPublicKey } =
    options;
  const hosts = (role: NodeRecord['role']) => ({
    hosts: Object.fromEntries(
      nodes
        .filter(node => node.role === role)
        .map(node => [
          checkedNodeName(node.name),
          {
            ansible_host: node.ipAddress,
            kubesmith_node: {
              name: node.name,
              role: node.role,
              address: node.ipAddress,
            },
          },
        ]),
    ),
  });
  return markUnsafe({
    all: {
      vars: {
        kubesmith: {
          cluster_id: cluster.id,
          cluster_name: cluster.name,
          operation_id: operationId,
          kubernetes_version: cluster.spec.kubernetesVersion,
          control_plane_endpoint: cluster.vip,
          vip: cluster.vip,
          vip_prefix: environment.pool.prefixLength,
          pod_cidr: POD_CIDR,
          service_cidr: SERVICE_CIDR,
          cni: cluster.spec.cni,
          kubectl_public_key: kubectlPublicKey,
          ever_ready: cluster.everReady,
          node_overrides: environment.nodeOverrides,
          ...options.extra,
        },
      },
      children: {
        control_plane: hosts('control-plane'),
        workers: hosts('worker'),
      },
    },
  }) as Record<string, unknown>;
}
