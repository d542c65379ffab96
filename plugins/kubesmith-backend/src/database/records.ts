import type {
  ClusterNode,
  ClusterPhase,
  ClusterSpec,
  Failure,
  GrantRole,
  NodeRole,
} from '@kubesmith/plugin-kubesmith-common';
import type { ClusterShare } from '@kubesmith/plugin-kubesmith-node';

/** A cluster as it is stored. Times are milliseconds since the epoch. */
export interface ClusterRecord {
  id: string;
  name: string;
  environment: string;
  /** Entity ref. */
  owner: string;
  /** Entity ref of the user who ordered it. */
  createdBy: string;
  /** Entity ref of the group that ran the environment when the cluster was ordered. */
  environmentOwner: string;
  phase: ClusterPhase;
  failure?: Failure;
  spec: ClusterSpec;
  poolId: string;
  /** Dotted address of the Kubernetes API. */
  vip: string;
  /** PEM. */
  apiServerCa?: string;
  /** Whether it has been ready once: then nothing is ever reset on its nodes. */
  everReady: boolean;
  requestKey?: string;
  createdAt: number;
  updatedAt: number;
  readyAt?: number;
  expiresAt: number;
  deletedAt?: number;
  /** With whom it is shared now. */
  shares: LiveShare[];
}

/** A share that holds now. */
export type LiveShare = ClusterShare & { id: string };

/** A share as it is stored. Times are milliseconds since the epoch. */
export interface ShareRecord {
  id: string;
  clusterId: string;
  /** Entity ref of a user or group, in lower case. */
  subject: string;
  role: GrantRole;
  /** Missing: the whole cluster. */
  namespaces?: string[];
  until: number;
  createdAt: number;
  /** Entity ref. */
  createdBy: string;
  endedAt?: number;
  /** Entity ref; missing when its time was over. */
  endedBy?: string;
}

/** How large a machine is. Memory in MiB, disk in GiB. */
export type MachineSize = { vcpu: number; memoryMiB: number; diskGiB: number };

/** One virtual machine of a cluster as it is stored. Memory in MiB, disk in GiB. */
export interface NodeRecord {
  id: string;
  clusterId: string;
  name: string;
  role: NodeRole;
  state: ClusterNode['state'];
  vmid: number;
  /** The Proxmox host. */
  host: string;
  /** Dotted. */
  ipAddress: string;
  macAddress: string;
  smbiosUuid: string;
  vcpu: number;
  memoryMiB: number;
  diskGiB: number;
  /** What it is to become, while it is not yet. */
  wanted?: MachineSize;
  /** One line of a known_hosts file without the address: type and key. */
  sshHostKey?: string;
  /** The operation that created the node; part of the machine's marker. */
  operationId: string;
  createdAt: number;
  removedAt?: number;
}

/** An issued kubeconfig as it is stored: never its token. */
export interface GrantRecord {
  id: string;
  clusterId: string;
  userRef: string;
  role: GrantRole;
  /** Missing: the whole cluster. */
  namespaces?: string[];
  /** The shares that it was issued by; missing when the person needed none. */
  shareIds?: string[];
  serviceAccount: string;
  secretName: string;
  createdAt: number;
  expiresAt: number;
  revokedAt?: number;
  /** When it was to end before its time; later than this when the cluster does not answer. */
  endRequestedAt?: number;
  endReason?: GrantEndReason;
}

/** Why a kubeconfig ended before its time: somebody revoked it, a share ended, or another right of the person. */
export type GrantEndReason = 'revoked' | 'share-ended' | 'right-ended';
