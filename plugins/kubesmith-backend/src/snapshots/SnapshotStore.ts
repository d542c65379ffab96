import type { Knex } from 'knex';
import { optionalTime } from '../database/clusterRows';
import { databaseTime } from '../database/databaseTime';
import type { SnapshotRecord } from './records';

type SnapshotRow = {
  id: string;
  cluster_id: string;
  name: string;
  label: string;
  state: SnapshotRecord['state'];
  nodes: string;
  spec: string;
  created_by: string;
  created_at: number | string;
  taken_at: number | string | null;
};

/** The snapshots of clusters. Those of deleted clusters are gone with their machines. */
export class SnapshotStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** Records one that is about to be taken. */
  async insert(
    tx: Knex.Transaction,
    snapshot: Omit<SnapshotRecord, 'state' | 'createdAt' | 'takenAt'>,
  ): Promise<void> {
    await tx('cluster_snapshots').insert({
      id: snapshot.id,
      cluster_id: snapshot.clusterId,
      name: snapshot.name,
      label: snapshot.label,
      state: 'taking',
      nodes: JSON.stringify(snapshot.nodes),
      spec: JSON.stringify(snapshot.spec),
      created_by: snapshot.createdBy,
      created_at: databaseTime(tx),
    });
  }

  /** Those of a cluster, newest first. */
  async list(
    clusterId: string,
    tx: Knex = this.#knex,
  ): Promise<SnapshotRecord[]> {
    const rows = await tx<SnapshotRow>('cluster_snapshots')
      .where({ cluster_id: clusterId })
      .orderBy('created_at', 'desc')
      .orderBy('id')
      .select('*');
    return rows.map(toRecord);
  }

  /** One of a cluster; undefined if there is none. */
  async get(
    clusterId: string,
    id: string,
    tx: Knex = this.#knex,
  ): Promise<SnapshotRecord | undefined> {
    return (await this.list(clusterId, tx)).find(one => one.id === id);
  }

  /** From now on machines may stand still: this is the moment that the snapshot is of. */
  async begin(id: string, tx: Knex): Promise<void> {
    await tx('cluster_snapshots')
      .where({ id })
      .update({ taken_at: databaseTime(tx) });
  }

  async setState(
    id: string,
    state: SnapshotRecord['state'],
    tx: Knex,
  ): Promise<void> {
    await tx('cluster_snapshots').where({ id }).update({ state });
  }

  /** It is gone in Proxmox. */
  async remove(id: string, tx: Knex): Promise<void> {
    await tx('cluster_snapshots').where({ id }).delete();
  }

  /** The machines of a cluster are gone, and all its snapshots with them. */
  async removeAll(clusterId: string, tx: Knex): Promise<void> {
    await tx('cluster_snapshots').where({ cluster_id: clusterId }).delete();
  }
}

function toRecord(row: SnapshotRow): SnapshotRecord {
  return {
    id: row.id,
    clusterId: row.cluster_id,
    name: row.name,
    label: row.label,
    state: row.state,
    nodes: JSON.parse(row.nodes),
    spec: JSON.parse(row.spec),
    createdBy: row.created_by,
    createdAt: Number(row.created_at),
    takenAt: optionalTime(row.taken_at),
  };
}
