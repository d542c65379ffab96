import type { OperationKind } from '@kubesmith/plugin-kubesmith-common';

/** A step as people see it before it runs. */
export interface PlannedStep {
  name: string;
  title: string;
  /** Our estimate, until runs were measured. */
  typicalSeconds: number;
}

/**
 * The steps of each kind of operation, in their order. The first one is done by the request itself, in the transaction that
 * records the operation; what the others do stands beside this file, one table for each kind.
 */
export const operationPlans = {
  create: [
    {
      name: 'reserve',
      title: 'Reserve name, addresses and machine ids',
      typicalSeconds: 1,
    },
    { name: 'machines', title: 'Create the machines', typicalSeconds: 30 },
    { name: 'kubernetes', title: 'Install Kubernetes', typicalSeconds: 75 },
    { name: 'verify', title: 'Check the cluster', typicalSeconds: 10 },
    { name: 'activate', title: 'Hand over', typicalSeconds: 1 },
  ],
  delete: [
    { name: 'accept', title: 'Accept the deletion', typicalSeconds: 1 },
    { name: 'destroy', title: 'Remove the machines', typicalSeconds: 15 },
    { name: 'release', title: 'Give back addresses', typicalSeconds: 2 },
  ],
  transfer: [
    { name: 'accept', title: 'Give it to its new owner', typicalSeconds: 1 },
    { name: 'tell', title: 'Tell both owners', typicalSeconds: 1 },
  ],
  repair: [
    { name: 'accept', title: 'Accept the repair', typicalSeconds: 1 },
    { name: 'kubernetes', title: 'Mend the nodes', typicalSeconds: 30 },
    { name: 'verify', title: 'Check the cluster', typicalSeconds: 10 },
  ],
  renew: [
    { name: 'accept', title: 'Accept the renewal', typicalSeconds: 1 },
    {
      name: 'certificates',
      title: 'Renew the certificates',
      typicalSeconds: 90,
    },
    { name: 'verify', title: 'Check the cluster', typicalSeconds: 10 },
  ],
  upgrade: [
    { name: 'accept', title: 'Accept the upgrade', typicalSeconds: 1 },
    { name: 'check', title: 'Check every node', typicalSeconds: 20 },
    { name: 'copy', title: 'Copy etcd and check the copy', typicalSeconds: 15 },
    { name: 'fetch', title: 'Fetch and keep the copy', typicalSeconds: 5 },
    {
      name: 'control-plane',
      title: 'Upgrade the control plane',
      typicalSeconds: 180,
    },
    {
      name: 'nodes',
      title: 'Upgrade the nodes, one after the other',
      typicalSeconds: 120,
    },
    {
      name: 'settle',
      title: 'Bring the rest to the new version',
      typicalSeconds: 20,
    },
    { name: 'verify', title: 'Check the cluster', typicalSeconds: 10 },
  ],
  hibernate: [
    { name: 'accept', title: 'Accept the wish', typicalSeconds: 1 },
    { name: 'workers', title: 'Shut the workers down', typicalSeconds: 20 },
    {
      name: 'control-plane',
      title: 'Shut the control plane down',
      typicalSeconds: 20,
    },
  ],
  wake: [
    { name: 'accept', title: 'Accept the wish', typicalSeconds: 1 },
    {
      name: 'control-plane',
      title: 'Start the control plane',
      typicalSeconds: 30,
    },
    { name: 'workers', title: 'Start the workers', typicalSeconds: 20 },
    { name: 'verify', title: 'Check the cluster', typicalSeconds: 15 },
  ],
  resize: [
    { name: 'accept', title: 'Accept the wish', typicalSeconds: 1 },
    {
      name: 'workers',
      title: 'Resize workers, one after the other',
      typicalSeconds: 120,
    },
    {
      name: 'control-plane',
      title: 'Resize the control plane',
      typicalSeconds: 90,
    },
    { name: 'settle', title: 'Give back room', typicalSeconds: 1 },
  ],
  scale: [
    {
      name: 'accept',
      title: 'Reserve addresses and machine ids',
      typicalSeconds: 1,
    },
    { name: 'machines', title: 'Create new machines', typicalSeconds: 25 },
    {
      name: 'kubernetes',
      title: 'Install Kubernetes on them',
      typicalSeconds: 40,
    },
    { name: 'verify', title: 'Check the new workers', typicalSeconds: 5 },
    {
      name: 'drain',
      title: 'Move Pods away from workers that leave',
      typicalSeconds: 40,
    },
    { name: 'remove', title: 'Remove their machines', typicalSeconds: 10 },
  ],
  snapshot: [
    { name: 'accept', title: 'Accept the wish', typicalSeconds: 1 },
    { name: 'snapshot', title: 'Take the snapshot', typicalSeconds: 10 },
  ],
  rollback: [
    { name: 'accept', title: 'Accept the wish', typicalSeconds: 1 },
    { name: 'roll-back', title: 'Put the disks back', typicalSeconds: 20 },
    { name: 'start', title: 'Start the machines', typicalSeconds: 40 },
    { name: 'verify', title: 'Check the cluster', typicalSeconds: 15 },
  ],
  'remove-snapshot': [
    { name: 'accept', title: 'Accept the wish', typicalSeconds: 1 },
    { name: 'remove', title: 'Remove the snapshot', typicalSeconds: 5 },
  ],
  backup: [
    { name: 'accept', title: 'Accept the backup', typicalSeconds: 1 },
    { name: 'copy', title: 'Copy etcd and check the copy', typicalSeconds: 15 },
    { name: 'fetch', title: 'Fetch and keep the copy', typicalSeconds: 5 },
  ],
  restore: [
    { name: 'accept', title: 'Accept the restore', typicalSeconds: 1 },
    {
      name: 'bring',
      title: 'Bring the copy to the control plane',
      typicalSeconds: 10,
    },
    {
      name: 'restore',
      title: "Put the copy in etcd's place",
      typicalSeconds: 120,
    },
    {
      name: 'kubeconfigs',
      title: 'End revoked kubeconfigs once more',
      typicalSeconds: 1,
    },
    { name: 'verify', title: 'Check the cluster', typicalSeconds: 20 },
  ],
} as const satisfies Record<OperationKind, readonly PlannedStep[]>;

/** The name of a step of a kind of operation. */
export type StepName<K extends OperationKind> =
  (typeof operationPlans)[K][number]['name'];
