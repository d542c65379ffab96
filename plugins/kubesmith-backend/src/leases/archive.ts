import type { Knex } from 'knex';
import type { ClusterSpec } from '@kubesmith/plugin-kubesmith-common';
import type { BackupRecord } from '../backups/records';
import { newestBackup } from '../backups/newestBackup';
import type { ClusterStore } from '../database/ClusterStore';
import { readDatabaseTime } from '../database/databaseTime';
import type { NodeRecord } from '../database/records';
import { LeaseStore } from './LeaseStore';
import type { LeaseChange } from './records';

/** What a cluster was when its deletion began. Times are milliseconds since the epoch. */
export interface ClusterArchive {
  archivedAt: number;
  name: string;
  environment: string;
  /** Entity refs. */
  owner: string;
  createdBy: string;
  environmentOwner: string;
  spec: ClusterSpec;
  /** Dotted address of the Kubernetes API. */
  vip: string;
  createdAt: number;
  readyAt?: number;
  expiresAt: number;
  extensions: LeaseChange[];
  nodes: Array<
    Pick<
      NodeRecord,
      | 'name'
      | 'role'
      | 'ipAddress'
      | 'vmid'
      | 'host'
      | 'vcpu'
      | 'memoryMiB'
      | 'diskGiB'
    >
  >;
  /** The newest backup that there was; missing when there was none. */
  lastBackup?: Pick<BackupRecord, 'takenAt' | 'keys' | 'kubernetesVersion'>;
  deletion: {
    /** Entity ref of a user, or `plugin:NAME` of a part of the portal. */
    initiator: string;
    reason?: string;
  };
}

/** Keeps what a cluster is, in the transaction that begins its deletion; the first deletion decides. */
export async function archiveCluster(
  tx: Knex.Transaction,
  clusters: ClusterStore,
  clusterId: string,
  deletion: ClusterArchive['deletion'],
): Promise<void> {
  const cluster = await clusters.get(clusterId, tx);
  if (!cluster) return;
  const nodes = await clusters.liveNodes(clusterId, tx);
  const archivedAt = await readDatabaseTime(tx);
  const archive: ClusterArchive = {
    archivedAt,
    name: cluster.name,
    environment: cluster.environment,
    owner: cluster.owner,
    createdBy: cluster.createdBy,
    environmentOwner: cluster.environmentOwner,
    spec: cluster.spec,
    vip: cluster.vip,
    createdAt: cluster.createdAt,
    readyAt: cluster.readyAt,
    expiresAt: cluster.expiresAt,
    extensions: await new LeaseStore(tx, clusters).changes(clusterId),
    nodes: nodes.map(node => ({
      name: node.name,
      role: node.role,
      ipAddress: node.ipAddress,
      vmid: node.vmid,
      host: node.host,
      vcpu: node.vcpu,
      memoryMiB: node.memoryMiB,
      diskGiB: node.diskGiB,
    })),
    lastBackup: await newestBackup(clusterId, tx),
    deletion,
  };
  await tx('cluster_archives')
    .insert({
      cluster_id: clusterId,
      archived_at: archivedAt,
      archive: JSON.stringify(archive),
    })
    .onConflict('cluster_id')
    .ignore();
}

/** What a cluster was when its deletion began; undefined for one that is not being deleted, or was before there were archives. */
export async function readArchive(
  knex: Knex,
  clusterId: string,
): Promise<ClusterArchive | undefined> {
  const row = await knex('cluster_archives')
    .where({ cluster_id: clusterId })
    .first<{ archive: string }>('archive');
  return row && JSON.parse(row.archive);
}
