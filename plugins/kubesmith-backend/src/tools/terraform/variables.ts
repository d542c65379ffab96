import type { EnvironmentConfig } from '../../config/types';
import type { ClusterRecord, NodeRecord } from '../../database/records';

/** The account that the playbook works with. */
export const SSH_USER = 'kubesmith';

/** The content of `cluster.tfvars.json`: plain data for the root module `terraform/cluster`. */
export function clusterVariables(options: {
  cluster: ClusterRecord;
  nodes: NodeRecord[];
  environment: EnvironmentConfig;
  operationId: string;
  sshPublicKey: string;
  /** Machines that are proven ours and missing from the state: node name to `HOST/VMID`. */
  adopt: Record<string, string>;
}): Record<string, unknown> {
  const { cluster, nodes, environment, operationId, sshPublicKey, adopt } =
    options;
  const { pool, proxmox } = environment;
  return {
    cluster_id: cluster.id,
    cluster_name: cluster.name,
    environment: cluster.environment,
    operation_id: operationId,
    pool_id: proxmox.pool,
    template_vm_id: proxmox.templateVmid,
    template_node: proxmox.templateHost ?? null,
    datastore: proxmox.datastore,
    bridge: proxmox.bridge,
    vlan_id: proxmox.vlan ?? null,
    gateway: pool.gateway,
    prefix_length: pool.prefixLength,
    dns_servers: pool.dnsServers,
    ssh_user: SSH_USER,
    ssh_public_keys: [sshPublicKey],
    nodes: Object.fromEntries(
      nodes.map(node => [
        node.name,
        {
          role: node.role,
          host: node.host,
          vm_id: node.vmid,
          cores: node.vcpu,
          memory_mib: node.memoryMiB,
          disk_gib: node.diskGiB,
          ipv4_address: node.ipAddress,
          mac_address: node.macAddress.toUpperCase(),
          smbios_uuid: node.smbiosUuid.toLowerCase(),
          operation_id: node.operationId,
        },
      ]),
    ),
    adopt,
  };
}
