import type { NodeRole } from '@kubesmith/plugin-kubesmith-common';

/** What a machine needs of a host. Memory in MiB, disk in GiB. */
export type MachineNeed = {
  /** Name of the node. */
  node: string;
  role: NodeRole;
  /** Beyond what the records say that it uses; less than 0 when it gives some back. */
  memoryMiB: number;
  /** 0 when its disk is there already. */
  diskGiB: number;
  /** The machine is on this host already, or must be made there; any host of the environment, if absent. */
  host?: string;
  /** Whether the machine is to be cloned from the template. */
  clone: boolean;
};

/** Free space of a storage as machines see it from one host. GiB; a shared storage is one object on all of its hosts. */
export type StorageRoom = { freeGiB: number; totalGiB: number };

/**
 * What a host has room for. Memory in MiB. What is not known is not limited: `Infinity`. Free memory is below 0 when more is
 * promised than there is.
 */
export type HostRoom = {
  name: string;
  online: boolean;
  /** For machines: the host's memory without its reserve. */
  totalMiB: number;
  /** That without what runs there and what is promised. */
  freeMiB: number;
  /** Machines that are being made there. */
  clones: number;
  /** By the name of the storage. */
  storages: Map<string, StorageRoom>;
};

/** Where an environment's machines may be made. */
export type Site = {
  hosts: string[];
  datastore: string;
  templateVmid: number;
  /** How long an expired cluster is kept before it is deleted. */
  graceMs: number;
};

/** Why something waits. */
export const WAIT_REASONS = [
  'memory',
  'storage',
  /** As many machines are being cloned as may be at once. */
  'clones',
  /** A host that must take the machine does not answer, or all of them. */
  'hosts',
  /** Something that waits for much longer comes first. */
  'turn',
  /** Nobody knows where the environment's machines are made. */
  'environment',
] as const;

/** One of {@link WAIT_REASONS}. */
export type WaitReason = (typeof WAIT_REASONS)[number];

/** What an operation needs before its machines are made, and how it stands. Times are milliseconds since the epoch. */
export type RoomRequest = {
  operationId: string;
  clusterId: string;
  /** Entity ref of the cluster's owner: between owners, turns are taken. */
  owner: string;
  environment: string;
  machines: MachineNeed[];
  queuedAt: number;
};

/** The department's limits; see `kubesmith.capacity` of the configuration. */
export type CapacityLimits = {
  /** Clones of one template at once, over all replicas. */
  clonesAtOnce: number;
  /** Of each host's memory, MiB that no machine gets. */
  memoryReserveMiB: number;
  /** How much memory may be promised in proportion to what there is. */
  memoryOvercommit: number;
  /** Of each storage, the part that no machine gets: 0 to 1. */
  storageReserve: number;
  /** How long others may pass something for which there is no room, ms. */
  passableMs: number;
};
