import type { ClusterSpec } from '@kubesmith/plugin-kubesmith-common';
import type { NodeRecord } from '../database/records';

/** A machine as it was when a snapshot was taken. Memory in MiB, disk in GiB. */
export type SnapshotNode = Pick<
  NodeRecord,
  'name' | 'vmid' | 'vcpu' | 'memoryMiB' | 'diskGiB'
>;

/** A snapshot of all machines of a cluster as it is stored. Times are milliseconds since the epoch. */
export interface SnapshotRecord {
  /** That of the operation that takes it. */
  id: string;
  clusterId: string;
  /** What it is called in Proxmox. */
  name: string;
  /** What somebody called it. */
  label: string;
  /** `taking`: not whole (yet). */
  state: 'taking' | 'kept' | 'removing';
  nodes: SnapshotNode[];
  /** What the cluster was: goes back with it. */
  spec: ClusterSpec;
  /** Entity ref. */
  createdBy: string;
  createdAt: number;
  /** Before the first machine stood still: nothing after it is surely in the snapshot. */
  takenAt?: number;
}
