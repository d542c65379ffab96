import type { ClusterRecord, LiveShare, NodeRecord } from './records';

/** A row of `clusters`. Postgres gives bigints as strings, SQLite booleans as numbers. */
export type ClusterRow = {
  id: string;
  name: string;
  environment: string;
  live_key: string | null;
  owner: string;
  created_by: string;
  environment_owner: string;
  phase: ClusterRecord['phase'];
  failure: string | null;
  spec: string;
  pool_id: string;
  vip: string;
  api_server_ca: string | null;
  ever_ready: boolean | number;
  request_key: string | null;
  created_at: number | string;
  updated_at: number | string;
  ready_at: number | string | null;
  expires_at: number | string;
  deleted_at: number | string | null;
};

/** A row of `nodes`. */
export type NodeRow = {
  id: string;
  cluster_id: string;
  name: string;
  role: NodeRecord['role'];
  state: NodeRecord['state'];
  vmid: number;
  live_vmid: number | null;
  host: string;
  ip_address: string;
  mac_address: string;
  smbios_uuid: string;
  vcpu: number;
  memory_mib: number;
  disk_gib: number;
  wanted_vcpu: number | null;
  wanted_memory_mib: number | null;
  wanted_disk_gib: number | null;
  ssh_host_key: string | null;
  operation_id: string;
  created_at: number | string;
  removed_at: number | string | null;
};

/** A nullable time column as a number or undefined. */
export function optionalTime(
  value: number | string | null | undefined,
): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}

/**
 * A row as a record.
 *
 * @param shares - the cluster's live ones
 */
export function toClusterRecord(
  row: ClusterRow,
  shares: LiveShare[],
): ClusterRecord {
  return {
    id: row.id,
    name: row.name,
    environment: row.environment,
    owner: row.owner,
    createdBy: row.created_by,
    environmentOwner: row.environment_owner,
    phase: row.phase,
    failure: row.failure === null ? undefined : JSON.parse(row.failure),
    spec: JSON.parse(row.spec),
    poolId: row.pool_id,
    vip: row.vip,
    apiServerCa: row.api_server_ca ?? undefined,
    everReady: Boolean(row.ever_ready),
    requestKey: row.request_key ?? undefined,
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
    readyAt: optionalTime(row.ready_at),
    expiresAt: Number(row.expires_at),
    deletedAt: optionalTime(row.deleted_at),
    shares,
  };
}

/** A row as a record. */
export function toNodeRecord(row: NodeRow): NodeRecord {
  return {
    id: row.id,
    clusterId: row.cluster_id,
    name: row.name,
    role: row.role,
    state: row.state,
    vmid: row.vmid,
    host: row.host,
    ipAddress: row.ip_address,
    macAddress: row.mac_address,
    smbiosUuid: row.smbios_uuid,
    vcpu: row.vcpu,
    memoryMiB: row.memory_mib,
    diskGiB: row.disk_gib,
    wanted:
      row.wanted_vcpu === null
        ? undefined
        : {
            vcpu: row.wanted_vcpu,
            memoryMiB: row.wanted_memory_mib!,
            diskGiB: row.wanted_disk_gib!,
          },
    sshHostKey: row.ssh_host_key ?? undefined,
    operationId: row.operation_id,
    createdAt: Number(row.created_at),
    removedAt: optionalTime(row.removed_at),
  };
}
