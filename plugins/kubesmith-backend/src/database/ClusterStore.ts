import type { PermissionCriteria } from '@backstage/plugin-permission-common';
import type {
  ClusterNode,
  ClusterPhase,
  ClusterSpec,
  Failure,
} from '@kubesmith/plugin-kubesmith-common';
import type { ClusterFilter } from '@kubesmith/plugin-kubesmith-node';
import type { Knex } from 'knex';
import { applyCriteria } from './applyCriteria';
import {
  type ClusterRow,
  type NodeRow,
  toClusterRecord,
  toNodeRecord,
} from './clusterRows';
import { databaseTime, readDatabaseTime } from './databaseTime';
import { liveSharesOf } from './liveShares';
import type { ClusterRecord, MachineSize, NodeRecord } from './records';

/** A cluster that is about to be reserved; the store adds the times. */
export type NewCluster = Omit<
  ClusterRecord,
  | 'phase'
  | 'failure'
  | 'apiServerCa'
  | 'everReady'
  | 'createdAt'
  | 'updatedAt'
  | 'readyAt'
  | 'expiresAt'
  | 'deletedAt'
  | 'shares'
> & { /** From now until it expires. */ leaseMs: number };

/** A node that is about to be reserved. */
export type NewNode = Omit<
  NodeRecord,
  'clusterId' | 'state' | 'wanted' | 'sshHostKey' | 'createdAt' | 'removedAt'
>;

/** What may change in a cluster; null removes. */
export type ClusterPatch = {
  phase?: ClusterPhase;
  failure?: Failure | null;
  /** PEM. */
  apiServerCa?: string;
  /** Dotted address of the Kubernetes API, before there is one. */
  vip?: string;
  /** What it was, when it goes back to that. */
  spec?: ClusterSpec;
};

/** What may change in a node; null removes. */
export type NodePatch = {
  state?: ClusterNode['state'];
  sshHostKey?: string | null;
  host?: string;
  /** Dotted. */
  ipAddress?: string;
  /** Of a live node; the unique key refuses an id that another one has. */
  vmid?: number;
};

/** What to list. */
export type ClusterQuery = {
  /** What the caller may see; undefined means everything. */
  visible?: PermissionCriteria<ClusterFilter>;
  environment?: string;
  phase?: ClusterPhase;
  /** One of these. */
  phases?: readonly ClusterPhase[];
  /** Part of a name or an owner. */
  search?: string;
  includeDeleted?: boolean;
  limit: number;
  offset: number;
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Clusters and their nodes. Every method that takes a `tx` runs in that transaction, so that the engine can write a record
 * and check its lease in one.
 */
export class ClusterStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** One cluster, deleted ones too; undefined if there is none. */
  async get(
    id: string,
    tx: Knex = this.#knex,
  ): Promise<ClusterRecord | undefined> {
    const [record] = await this.getByIds([id], tx);
    return record;
  }

  /** The clusters in the order of the ids, undefined where there is none. */
  async getByIds(
    ids: string[],
    tx: Knex = this.#knex,
  ): Promise<Array<ClusterRecord | undefined>> {
    // Postgres refuses to compare a uuid with something that is none.
    const rows = await tx<ClusterRow>('clusters').whereIn(
      'id',
      ids.filter(id => UUID.test(id)),
    );
    const records = await toClusterRecords(rows, tx);
    const byId = new Map(records.map(record => [record.id, record]));
    return ids.map(id => byId.get(id.toLowerCase()));
  }

  /** The cluster that was ordered with this request key. */
  async findByRequestKey(
    requestKey: string,
    tx: Knex = this.#knex,
  ): Promise<ClusterRecord | undefined> {
    const rows = await tx<ClusterRow>('clusters').where({
      request_key: requestKey,
    });
    const [record] = await toClusterRecords(rows, tx);
    return record;
  }

  /** Whether a live cluster of the environment has the name. */
  async isNameTaken(
    cluster: { environment: string; name: string },
    tx: Knex = this.#knex,
  ): Promise<boolean> {
    const row = await tx<ClusterRow>('clusters')
      .where({ live_key: liveKey(cluster) })
      .first('id');
    return row !== undefined;
  }

  /** One page, newest first, and how many there are in all. */
  async list(
    query: ClusterQuery,
  ): Promise<{ items: ClusterRecord[]; total: number }> {
    const matching = () => {
      const builder = this.#knex<ClusterRow>('clusters');
      if (query.visible) {
        const { visible } = query;
        builder.where(inner => void applyCriteria(inner, visible));
      }
      if (query.environment !== undefined) {
        builder.where({ environment: query.environment });
      }
      if (query.phase !== undefined) {
        builder.where({ phase: query.phase });
      }
      if (query.phases !== undefined) {
        builder.whereIn('phase', query.phases);
      }
      if (!query.includeDeleted && query.phase !== 'deleted') {
        builder.whereNull('deleted_at');
      }
      if (query.search) {
        const pattern = `%${query.search
          .toLowerCase()
          .replace(/[%_!]/g, '!$&')}%`;
        builder.whereRaw(
          "(lower(name) like ? escape '!' or lower(owner) like ? escape '!')",
          [pattern, pattern],
        );
      }
      return builder;
    };
    const rows = await matching()
      .orderBy([
        { column: 'created_at', order: 'desc' },
        { column: 'id', order: 'desc' },
      ])
      .limit(query.limit)
      .offset(query.offset)
      .select('*');
    const [count] = await matching().count({ n: '*' });
    return {
      items: await toClusterRecords(rows as ClusterRow[], this.#knex),
      total: Number((count as unknown as { n: string | number }).n),
    };
  }

  /** Environments in which there is a live cluster that the criteria let the caller see. */
  async environmentsWithVisible(
    visible: PermissionCriteria<ClusterFilter> | undefined,
  ): Promise<Set<string>> {
    const builder = this.#knex<ClusterRow>('clusters').whereNull('deleted_at');
    if (visible) {
      builder.where(inner => void applyCriteria(inner, visible));
    }
    const rows = await builder.distinct('environment');
    return new Set(rows.map(row => row.environment));
  }

  /** Records a cluster in phase `reserved` with its nodes. The unique keys refuse a taken name, VMID or request key. */
  async insert(
    tx: Knex.Transaction,
    cluster: NewCluster,
    nodes: NewNode[],
  ): Promise<void> {
    // Read once: two calls of a clock may differ, and the lease would not be what was asked for.
    const now = await readDatabaseTime(tx);
    await tx('clusters').insert({
      id: cluster.id,
      name: cluster.name,
      environment: cluster.environment,
      live_key: liveKey(cluster),
      owner: cluster.owner,
      created_by: cluster.createdBy,
      environment_owner: cluster.environmentOwner,
      phase: 'reserved',
      spec: JSON.stringify(cluster.spec),
      pool_id: cluster.poolId,
      vip: cluster.vip,
      request_key: cluster.requestKey ?? null,
      created_at: now,
      updated_at: now,
      expires_at: now + cluster.leaseMs,
    });
    await insertNodes(tx, cluster.id, nodes, now);
  }

  /** Records more nodes of a cluster, in state `planned`. The unique keys refuse a taken name or VMID. */
  async addNodes(
    tx: Knex.Transaction,
    clusterId: string,
    nodes: NewNode[],
  ): Promise<void> {
    await insertNodes(tx, clusterId, nodes, await readDatabaseTime(tx));
    await this.#countWorkers(tx, clusterId);
  }

  /** The machines of these nodes are proven gone: their VMIDs are free, and the records stay as history. */
  async removeNodes(
    tx: Knex.Transaction,
    clusterId: string,
    names: string[],
  ): Promise<void> {
    await tx('nodes')
      .where({ cluster_id: clusterId })
      .whereIn('name', names)
      .whereNull('removed_at')
      .update({
        state: 'deleted',
        live_vmid: null,
        removed_at: databaseTime(tx),
      });
    await this.#countWorkers(tx, clusterId);
  }

  /** Notes what a node is to become; it counts as the larger of both from now on. */
  async wantSize(
    tx: Knex.Transaction,
    clusterId: string,
    name: string,
    size: MachineSize,
  ): Promise<void> {
    await tx('nodes').where({ cluster_id: clusterId, name }).update({
      wanted_vcpu: size.vcpu,
      wanted_memory_mib: size.memoryMiB,
      wanted_disk_gib: size.diskGiB,
    });
  }

  /**
   * The node became what it was to become.
   *
   * @param diskGiB - what its disk has, which may be more; as wanted, if absent
   */
  async settleSize(
    tx: Knex.Transaction,
    clusterId: string,
    name: string,
    diskGiB?: number,
  ): Promise<void> {
    await tx('nodes')
      .where({ cluster_id: clusterId, name })
      .whereNotNull('wanted_vcpu')
      .update({
        vcpu: tx.ref('wanted_vcpu'),
        memory_mib: tx.ref('wanted_memory_mib'),
        disk_gib: diskGiB ?? tx.ref('wanted_disk_gib'),
        wanted_vcpu: null,
        wanted_memory_mib: null,
        wanted_disk_gib: null,
      });
  }

  /** Notes the size that new workers get. */
  async setSize(
    tx: Knex.Transaction,
    clusterId: string,
    size: string,
  ): Promise<void> {
    await this.#changeSpec(tx, clusterId, { size });
  }

  /** Notes the version that the control plane has, and that new workers get. */
  async setKubernetesVersion(
    tx: Knex.Transaction,
    clusterId: string,
    kubernetesVersion: string,
  ): Promise<void> {
    await this.#changeSpec(tx, clusterId, { kubernetesVersion });
  }

  /** The spec says how many workers there are. */
  async #countWorkers(tx: Knex.Transaction, clusterId: string): Promise<void> {
    const nodes = await this.liveNodes(clusterId, tx);
    const workers = nodes.filter(({ role }) => role === 'worker').length;
    await this.#changeSpec(tx, clusterId, { workers });
  }

  async #changeSpec(
    tx: Knex.Transaction,
    clusterId: string,
    change: Partial<ClusterRecord['spec']>,
  ): Promise<void> {
    const { spec } = (await this.get(clusterId, tx))!;
    await this.update(clusterId, { spec: { ...spec, ...change } }, tx);
  }

  /** Makes others who lock or change the cluster wait until the transaction ends. Must be its first statement. */
  async lock(id: string, tx: Knex.Transaction): Promise<void> {
    await tx('clusters')
      .where({ id })
      .update({ phase: tx.raw('phase') });
  }

  /** Changes a cluster. One that is being deleted only goes on to be deleted, whatever else still runs on it. */
  async update(
    id: string,
    patch: ClusterPatch,
    tx: Knex = this.#knex,
  ): Promise<void> {
    await tx('clusters')
      .where({ id })
      .update({
        ...(patch.phase !== undefined && {
          phase: nextPhase(tx, patch.phase),
        }),
        ...(patch.failure !== undefined && {
          failure: patch.failure && JSON.stringify(patch.failure),
        }),
        ...(patch.apiServerCa !== undefined && {
          api_server_ca: patch.apiServerCa,
        }),
        ...(patch.vip !== undefined && { vip: patch.vip }),
        ...(patch.spec !== undefined && { spec: JSON.stringify(patch.spec) }),
        updated_at: databaseTime(tx),
      });
  }

  /** Gives a cluster to another environment. The unique key refuses a taken name. */
  async move(
    tx: Knex.Transaction,
    id: string,
    to: { environment: string; environmentOwner: string; name: string },
  ): Promise<void> {
    await tx('clusters')
      .where({ id })
      .update({
        environment: to.environment,
        environment_owner: to.environmentOwner,
        live_key: liveKey(to),
        updated_at: databaseTime(tx),
      });
  }

  /** Gives a cluster to another person or group. */
  async setOwner(
    tx: Knex.Transaction,
    id: string,
    owner: string,
  ): Promise<void> {
    await tx('clusters')
      .where({ id })
      .update({ owner, updated_at: databaseTime(tx) });
  }

  /** The cluster works: phase `ready`, and all its nodes. */
  async markReady(id: string, tx: Knex = this.#knex): Promise<void> {
    const now = databaseTime(tx);
    await tx('clusters')
      .where({ id })
      .update({
        phase: nextPhase(tx, 'ready'),
        failure: null,
        ever_ready: true,
        ready_at: tx.raw('coalesce(ready_at, ?)', [now]),
        updated_at: now,
      });
    await tx('nodes')
      .where({ cluster_id: id })
      .whereNull('removed_at')
      .update({ state: 'ready' });
  }

  /**
   * The cluster's machines are proven gone: its name and VMIDs are free, its kubeconfigs are void with it, and the record
   * stays as history.
   */
  async markDeleted(id: string, tx: Knex = this.#knex): Promise<void> {
    const now = databaseTime(tx);
    await tx('nodes')
      .where({ cluster_id: id })
      .whereNull('removed_at')
      .update({ state: 'deleted', live_vmid: null, removed_at: now });
    await tx('grants')
      .where({ cluster_id: id })
      .whereNull('revoked_at')
      .update({ revoked_at: now });
    await tx('clusters').where({ id }).update({
      phase: 'deleted',
      failure: null,
      live_key: null,
      deleted_at: now,
      updated_at: now,
    });
  }

  /** All nodes that a cluster ever had, control plane first, then in the order of their numbers. */
  async nodes(clusterId: string, tx: Knex = this.#knex): Promise<NodeRecord[]> {
    return (await this.nodesOf([clusterId], tx)).get(clusterId) ?? [];
  }

  /** Those of a cluster's nodes that are not removed, in the same order. */
  async liveNodes(
    clusterId: string,
    tx: Knex = this.#knex,
  ): Promise<NodeRecord[]> {
    return (await this.nodes(clusterId, tx)).filter(
      ({ removedAt }) => removedAt === undefined,
    );
  }

  /** The nodes of several clusters, by cluster id. */
  async nodesOf(
    clusterIds: string[],
    tx: Knex = this.#knex,
  ): Promise<Map<string, NodeRecord[]>> {
    const rows = await tx<NodeRow>('nodes').whereIn('cluster_id', clusterIds);
    const byCluster = new Map<string, NodeRecord[]>();
    for (const node of rows.map(toNodeRecord).sort(byRoleAndNumber)) {
      byCluster.set(node.clusterId, [
        ...(byCluster.get(node.clusterId) ?? []),
        node,
      ]);
    }
    return byCluster;
  }

  /** Changes a node. */
  async updateNode(
    clusterId: string,
    name: string,
    patch: NodePatch,
    tx: Knex = this.#knex,
  ): Promise<void> {
    const changes = {
      ...(patch.state !== undefined && { state: patch.state }),
      ...(patch.sshHostKey !== undefined && { ssh_host_key: patch.sshHostKey }),
      ...(patch.host !== undefined && { host: patch.host }),
      ...(patch.ipAddress !== undefined && { ip_address: patch.ipAddress }),
      ...(patch.vmid !== undefined && {
        vmid: patch.vmid,
        live_vmid: patch.vmid,
      }),
    };
    if (Object.keys(changes).length > 0) {
      await tx('nodes').where({ cluster_id: clusterId, name }).update(changes);
    }
  }

  /** What live nodes have: machine ids and MAC addresses. */
  async reservations(tx: Knex = this.#knex): Promise<{
    vmids: Set<number>;
    macAddresses: Set<string>;
  }> {
    const rows = await tx<NodeRow>('nodes')
      .whereNotNull('live_vmid')
      .select('live_vmid', 'mac_address');
    return {
      vmids: new Set(rows.map(row => row.live_vmid!)),
      macAddresses: new Set(rows.map(row => row.mac_address)),
    };
  }
}

async function toClusterRecords(
  rows: ClusterRow[],
  tx: Knex,
): Promise<ClusterRecord[]> {
  const shares = await liveSharesOf(
    rows.map(({ id }) => id),
    tx,
  );
  return rows.map(row => toClusterRecord(row, shares.get(row.id) ?? []));
}

async function insertNodes(
  tx: Knex.Transaction,
  clusterId: string,
  nodes: NewNode[],
  now: number,
): Promise<void> {
  for (const node of nodes) {
    await tx('nodes').insert({
      id: node.id,
      cluster_id: clusterId,
      name: node.name,
      role: node.role,
      state: 'planned',
      vmid: node.vmid,
      live_vmid: node.vmid,
      host: node.host,
      ip_address: node.ipAddress,
      mac_address: node.macAddress,
      smbios_uuid: node.smbiosUuid,
      vcpu: node.vcpu,
      memory_mib: node.memoryMiB,
      disk_gib: node.diskGiB,
      operation_id: node.operationId,
      created_at: now,
    });
  }
}

/** The phase that a cluster gets, if its present one allows it. */
function nextPhase(tx: Knex, phase: ClusterPhase): Knex.Raw {
  const final = ['deleting', 'deleted', 'needs-attention'].includes(phase)
    ? ['deleted']
    : ['deleting', 'deleted'];
  return tx.raw(
    `case when phase in (${final
      .map(() => '?')
      .join(', ')}) then phase else ? end`,
    [...final, phase],
  );
}

function liveKey(cluster: { environment: string; name: string }): string {
  return `${cluster.environment}/${cluster.name}`;
}

function byRoleAndNumber(a: NodeRecord, b: NodeRecord): number {
  return (
    a.role.localeCompare(b.role) ||
    a.name.localeCompare(b.name, 'en', { numeric: true })
  );
}
