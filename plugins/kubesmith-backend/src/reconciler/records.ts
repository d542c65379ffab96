import type { FindingKind } from '@kubesmith/plugin-kubesmith-common';
import type { ClusterRecord, NodeRecord } from '../database/records';
import type { ProxmoxClient } from '../tools/proxmox/ProxmoxClient';

/** What the reconciler asks of Proxmox, and does there. */
export type Machines = Pick<
  ProxmoxClient,
  | 'addressesInUse'
  | 'deleteVm'
  | 'hosts'
  | 'isFree'
  | 'permissions'
  | 'stopVm'
  | 'vmConfig'
  | 'vmStatus'
  | 'vms'
  | 'waitForTask'
>;

/** Something that was seen in one look. */
export interface Sighting {
  kind: FindingKind;
  /** What it is about; two sightings with the same kind and subject are the same finding. At most 200 characters. */
  subject: string;
  /** Of the cluster that it names; else, in whose pool it was seen. */
  environment: string;
  /** In whose pool it was seen, if that is another environment. */
  seenIn?: string;
  clusterId?: string;
  vmid?: number;
  /** What is the matter, a sentence. */
  detail: string;
  /** What a person can do, a sentence. */
  nextStep: string;
  /** How it is put right without a person; missing when nobody but a person may. */
  repair?: Repair;
}

/** What is done about a finding that was seen twice. Each proves once more that it may. */
export type Repair =
  /** Remove a machine that is proven to be a node that the records deleted. */
  | { what: 'remove-machine'; node: NodeRecord; pool: string }
  /** Note the Proxmox host on which a machine is now. */
  | { what: 'follow-host'; node: NodeRecord; host: string; pool: string }
  /** Keep an address that somebody else uses from being given out. */
  | { what: 'withhold-address'; poolId: string; address: string }
  /** Give back the addresses of a deleted cluster whose machines are gone. */
  | { what: 'free-addresses'; clusterId: string }
  /** Remove keys and Terraform state of a deleted cluster whose machines are gone. */
  | { what: 'forget-secrets'; clusterId: string };

/** What could not be judged in one look: no finding about it begins or ends. */
export interface Unknowns {
  environments: Set<string>;
  clusterIds: Set<string>;
  vmids: Set<number>;
  subjects: Set<string>;
}

/** Whether Proxmox answered for an environment in the last look. Times are milliseconds since the epoch. */
export interface AnswerRecord {
  environment: string;
  lookedAt: number;
  answered: boolean;
  /** Why not, or what of it could not be seen. */
  problem?: string;
}

/** A finding as it is stored. Times are milliseconds since the epoch. */
export interface FindingRecord {
  id: string;
  kind: FindingKind;
  subject: string;
  environment: string;
  seenIn?: string;
  clusterId?: string;
  vmid?: number;
  detail: string;
  nextStep: string;
  sightings: number;
  firstSeenAt: number;
  lastSeenAt: number;
  endedAt?: number;
  /** When administrators were told of it. */
  toldAt?: number;
  repairedAt?: number;
  /** What was done, or why it could not be done. */
  repair?: string;
}

/** A cluster with its nodes, removed ones too, as it was at one moment. */
export interface KnownCluster {
  cluster: ClusterRecord;
  nodes: NodeRecord[];
  /** Changes whenever something of it does that a look may depend on. */
  version: string;
  /** An operation is going on. */
  isBusy: boolean;
}
