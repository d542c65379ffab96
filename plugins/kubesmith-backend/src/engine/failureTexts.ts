import type { Failure } from '@kubesmith/plugin-kubesmith-common';

/** What a failure means to the engine and says to people; `{name}` is filled in. */
export type FailureText = {
  class: Failure['class'];
  message: string;
  nextStep: string;
  /** The records and the world contradict each other: a person must look before anything is changed. */
  needsAttention?: true;
};

const ASK_ADMINISTRATOR =
  'Ask the system administrator; the operation can go on afterwards with "Retry".';
/** The next step of what the engine tries again by itself. */
export const WAITS = 'Nothing: it is tried again by itself.';

/**
 * Every failure that a step can end with, and what a step did to avoid one (`…-REPLACED`), which is told as an event only.
 * Codes are stable.
 */
export const failureTexts = {
  'KUBESMITH-CANCELLED': {
    class: 'permanent',
    message: 'The operation was cancelled.',
    nextStep: 'Retry to go on where it stopped, or delete the cluster.',
  },
  'KUBESMITH-INTERNAL': {
    class: 'unknown',
    message: 'Something unexpected happened: {detail}',
    nextStep:
      "Retry. If it fails again, give the cluster's name and this code to the department.",
  },
  'KUBESMITH-TOOL-MISSING': {
    class: 'permanent',
    message:
      "The program '{program}' could not be started on the portal's machine.",
    nextStep: ASK_ADMINISTRATOR,
  },
  'KUBESMITH-TOOL-KILLED': {
    class: 'ambiguous',
    message: '{tool} ended without saying how far it got.',
    nextStep: WAITS,
  },
  'KUBESMITH-TOOL-TIMEOUT': {
    class: 'ambiguous',
    message: '{tool} took longer than {minutes} minutes and was stopped.',
    nextStep: WAITS,
  },
  'KUBESMITH-DISK-FULL': {
    class: 'transient',
    message:
      "The portal's disk is nearly full: {free} MiB are left in the data folder.",
    nextStep:
      'Ask the system administrator to free space; it is tried again by itself.',
  },
  'KUBESMITH-DATABASE-AWAY': {
    // The step is not to blame: its tries are not counted.
    class: 'contention',
    message: "The portal's database did not take what the step wrote: {detail}",
    nextStep: WAITS,
  },
  'KUBESMITH-DATABASE-RESTORED': {
    class: 'permanent',
    message:
      "The portal's records were restored from a backup and do not agree with the machines: {detail}. Nothing was touched.",
    nextStep:
      'Ask the system administrator: records and machines must be compared before anything goes on.',
    needsAttention: true,
  },
  'KUBESMITH-SECRET-KEY-MISSING': {
    class: 'permanent',
    message:
      "The cluster's secrets are encrypted with the key '{key}', which the portal's configuration does not have.",
    nextStep:
      "Ask the system administrator to put the key '{key}' back into kubesmith.encryption.keys and to restart the portal; then retry.",
    needsAttention: true,
  },
  'KUBESMITH-SECRET-UNREADABLE': {
    class: 'permanent',
    message:
      "The cluster's secret '{name}' cannot be decrypted: the configured key '{key}' is not the one that encrypted it, or the record was changed.",
    nextStep:
      "Ask the system administrator to put the right key '{key}' into kubesmith.encryption.keys and to restart the portal; then retry.",
    needsAttention: true,
  },
  'KUBESMITH-ENVIRONMENT-GONE': {
    class: 'permanent',
    message:
      "The environment '{environment}' is no longer in the configuration.",
    nextStep: ASK_ADMINISTRATOR,
  },
  'KUBESMITH-PVE-UNREACHABLE': {
    class: 'transient',
    message: 'Proxmox did not answer: {detail}',
    nextStep: WAITS,
  },
  'KUBESMITH-PVE-CREDENTIALS': {
    class: 'permanent',
    message: "Proxmox refused the portal's token.",
    nextStep: ASK_ADMINISTRATOR,
  },
  'KUBESMITH-PVE-PERMISSION': {
    class: 'permanent',
    message: "The portal's Proxmox token lacks privileges: {detail}",
    nextStep:
      'Ask the system administrator to give the token the documented role; then retry.',
  },
  'KUBESMITH-PVE-HOST-DOWN': {
    class: 'transient',
    message: "The Proxmox host '{host}' does not answer: {detail}",
    nextStep: WAITS,
  },
  'KUBESMITH-WAITS-FOR-ROOM': {
    class: 'contention',
    message: 'The hosts have no room for the machines yet.',
    nextStep: WAITS,
  },
  'KUBESMITH-PVE-TEMPLATE-GONE': {
    class: 'permanent',
    message:
      'The template {vmid} that machines are made from is missing: {detail}',
    nextStep:
      'Ask the system administrator to restore the template or to change the configuration; then retry.',
  },
  'KUBESMITH-PVE-REFUSED': {
    class: 'permanent',
    message: 'Proxmox refused the request: {detail}',
    nextStep: ASK_ADMINISTRATOR,
  },
  'KUBESMITH-PVE-LOCK': {
    class: 'contention',
    message: 'Proxmox is busy with the same machine or template: {detail}',
    nextStep: WAITS,
  },
  'KUBESMITH-PVE-TASK-FAILED': {
    class: 'transient',
    message: 'A task of Proxmox failed: {detail}',
    nextStep: WAITS,
  },
  'KUBESMITH-PVE-OUTCOME-UNKNOWN': {
    class: 'ambiguous',
    message: 'The connection to Proxmox was lost while it worked: {detail}',
    nextStep: WAITS,
  },
  'KUBESMITH-PVE-SPACE': {
    class: 'permanent',
    message: 'The Proxmox storage is full: {detail}',
    nextStep:
      'Ask the system administrator for space, or delete a cluster; then retry.',
  },
  'KUBESMITH-ADDRESS-REPLACED': {
    class: 'transient',
    message:
      'Somebody else uses the address {address} that was reserved for {node}: it {detail}. {node} gets {other}.',
    nextStep: WAITS,
  },
  'KUBESMITH-ADDRESS-FOREIGN': {
    class: 'permanent',
    message:
      'Somebody else uses the address {address} that was reserved for {node}: it {detail}. No machine was made for it.',
    nextStep:
      'Tell the system administrator which address is in use; when it is free, or the pool leaves it out, retry.',
  },
  'KUBESMITH-VMID-FOREIGN': {
    class: 'permanent',
    message:
      'The machine id {vmid} that was reserved for {node} belongs to another machine: {detail}. It was not touched.',
    nextStep:
      'Delete this cluster and order it again; tell the system administrator which machine id is in use.',
    needsAttention: true,
  },
  'KUBESMITH-VMID-REPLACED': {
    class: 'transient',
    message:
      'The machine id {vmid} that was reserved for {node} belongs to another machine: {detail}. It was not touched; {node} gets the id {other}.',
    nextStep: WAITS,
  },
  'KUBESMITH-MACHINE-GONE': {
    class: 'transient',
    message: 'The machine of {node} disappeared from Proxmox.',
    nextStep: WAITS,
  },
  'KUBESMITH-MACHINE-STOPPED': {
    class: 'transient',
    message: 'The machine of {node} was stopped before its system was up.',
    nextStep: WAITS,
  },
  'KUBESMITH-MACHINE-CONTRADICTION': {
    class: 'permanent',
    message:
      'The machine of {node} is not as it was recorded: {detail}. It was not touched.',
    nextStep:
      'Ask the system administrator to put the machine back as it was, or to remove it; then retry.',
    needsAttention: true,
  },
  'KUBESMITH-MACHINE-LOCKED': {
    class: 'contention',
    message: 'Proxmox still works on {node} (lock: {lock}).',
    nextStep: WAITS,
  },
  'KUBESMITH-MACHINE-PROTECTED': {
    class: 'transient',
    message: 'Proxmox does not let a machine be removed: {detail}',
    nextStep:
      "Ask the system administrator to switch the machine's protection off; it is tried again by itself.",
  },
  'KUBESMITH-TERRAFORM-LOCKED': {
    class: 'contention',
    message: "Another run holds the lock of this cluster's state.",
    nextStep: WAITS,
  },
  'KUBESMITH-TERRAFORM-FAILED': {
    class: 'unknown',
    message: 'Terraform failed: {detail}',
    nextStep:
      "Retry. If it fails again, give the cluster's name and this code to the department.",
  },
  'KUBESMITH-TERRAFORM-SETUP': {
    class: 'permanent',
    message: 'Terraform could not be prepared: {detail}',
    nextStep: ASK_ADMINISTRATOR,
  },
  'KUBESMITH-AGENT-SILENT': {
    class: 'transient',
    message:
      'The guest agent of {node} did not answer within {minutes} minutes.',
    nextStep: WAITS,
  },
  'KUBESMITH-HOSTKEY-MISSING': {
    class: 'transient',
    message: '{node} has no SSH host key yet.',
    nextStep: WAITS,
  },
  'KUBESMITH-HOSTKEY-SHARED': {
    class: 'permanent',
    message:
      '{node} and {other} have the same SSH host key: the template was sealed with a key inside.',
    nextStep:
      'Ask the system administrator to rebuild the template without host keys; then delete this cluster and order it again.',
  },
  'KUBESMITH-HOSTKEY-MISMATCH': {
    class: 'permanent',
    message:
      '{node} answers with another SSH host key than the one that was pinned. Nothing was sent to it.',
    nextStep:
      'Ask the system administrator: somebody else may be answering on this address.',
    needsAttention: true,
  },
  'KUBESMITH-CLOCK-WRONG': {
    class: 'transient',
    message: "The clock of {node} differs from the portal's: it {detail}.",
    nextStep:
      'Ask the system administrator to look at the time service of the machine; then retry.',
  },
  'KUBESMITH-DRAIN-STUCK': {
    class: 'permanent',
    message:
      'Within {seconds} s some Pods did not move away from {node}, which stays as it was: {detail}',
    nextStep:
      'Look at the PodDisruptionBudgets, and whether other nodes have room; then retry.',
  },
  'KUBESMITH-CERTIFICATE-EXPIRED': {
    class: 'permanent',
    message:
      'The certificate of the {what} on {node} has ended, on {since}: while the cluster slept nothing could renew it.',
    nextStep:
      "Renew the cluster's certificates, or repair the cluster when that is said, then wake it again.",
  },
  'KUBESMITH-CERTIFICATE-REFUSED': {
    class: 'permanent',
    message: 'The Kubernetes API refuses certificates: {detail}',
    nextStep: "Renew the cluster's certificates, then retry.",
  },
  'KUBESMITH-NODE-UNREACHABLE': {
    class: 'transient',
    message: '{node} cannot be reached over SSH: {detail}',
    nextStep: WAITS,
  },
  'KUBESMITH-NODE-REFUSED': {
    class: 'permanent',
    message: 'The node refused to go on: {detail}',
    nextStep:
      'Ask the department to look at the cluster; nothing is reset by itself.',
    needsAttention: true,
  },
  'KUBESMITH-UPGRADE-REFUSED': {
    class: 'permanent',
    message: 'The upgrade cannot go on: {detail}',
    nextStep:
      'Mend what it says, then retry. The cluster works on as it is meanwhile.',
  },
  'KUBESMITH-PLAYBOOK-FAILED': {
    class: 'unknown',
    message: 'Installing failed at "{task}" on {node}: {detail}',
    nextStep:
      "Retry. If it fails again, give the cluster's name and this code to the department.",
  },
  'KUBESMITH-PLAYBOOK-TRANSIENT': {
    class: 'transient',
    message: 'Installing stopped at "{task}" on {node}: {detail}',
    nextStep: WAITS,
  },
  'KUBESMITH-KUBERNETES-NOT-READY': {
    class: 'transient',
    message: 'The cluster is not ready yet: {detail}',
    nextStep: WAITS,
  },
  'KUBESMITH-BACKUP-UNREADABLE': {
    class: 'permanent',
    message: 'The backup is not usable: {detail}.',
    nextStep: 'Take another backup. What ran goes on running.',
  },
  'KUBESMITH-BACKUP-TOO-LARGE': {
    class: 'permanent',
    message:
      'The copy of etcd has {megabytes} MB (packed), and {limit} MB are kept at most.',
    nextStep:
      'Remove objects that nobody needs (old Events, ConfigMaps, Secrets of Helm), or use a snapshot of the machines instead.',
  },
  'KUBESMITH-BACKUP-GONE': {
    class: 'permanent',
    message: 'The backup {backup} is not there any more.',
    nextStep: 'Choose another backup.',
  },
  'KUBESMITH-SECRET-MISSING': {
    class: 'permanent',
    message: "The cluster's secret '{name}' is missing.",
    nextStep: 'Delete this cluster and order it again.',
    needsAttention: true,
  },
  'KUBESMITH-SNAPSHOT-GONE': {
    class: 'permanent',
    message: 'The snapshot is not there any more: {detail}.',
    nextStep:
      'Nothing was changed. Remove the snapshot, or ask the department.',
  },
  'KUBESMITH-SNAPSHOT-DIFFERS': {
    class: 'permanent',
    message: 'The machines are not those of the snapshot: {detail}.',
    nextStep: 'Nothing was changed. Choose a snapshot that was taken later.',
  },
  'KUBESMITH-MACHINES-REMAIN': {
    class: 'transient',
    message: 'Proxmox still knows {detail}.',
    nextStep: WAITS,
  },
} as const satisfies Record<string, FailureText>;
