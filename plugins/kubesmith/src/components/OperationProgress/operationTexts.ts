import type {
  Operation,
  OperationKind,
  OperationStep,
  StepStatus,
} from '@kubesmith/plugin-kubesmith-common';

const doing: Record<OperationKind, string> = {
  create: 'Creating the cluster',
  delete: 'Deleting the cluster',
  transfer: 'Giving the cluster to its new owner',
  snapshot: 'Taking a snapshot',
  rollback: 'Going back to a snapshot',
  'remove-snapshot': 'Removing a snapshot',
  scale: 'Adding or removing workers',
  resize: 'Resizing machines',
  hibernate: 'Sending the cluster to sleep',
  wake: 'Waking the cluster up',
  repair: 'Repairing the cluster',
  renew: 'Renewing the certificates',
  upgrade: 'Upgrading Kubernetes',
  backup: 'Backing the cluster up',
  restore: 'Restoring a backup',
};

const nouns: Record<OperationKind, string> = {
  create: 'Creation',
  delete: 'Deletion',
  transfer: 'Transfer',
  snapshot: 'Snapshot',
  rollback: 'Going back',
  'remove-snapshot': 'Removal of the snapshot',
  scale: 'Scaling',
  resize: 'Resizing',
  hibernate: 'Hibernation',
  wake: 'Waking up',
  repair: 'Repair',
  renew: 'Renewal of the certificates',
  upgrade: 'Upgrade of Kubernetes',
  backup: 'Backup',
  restore: 'Restore',
};

/** The state of a step as it is shown. */
export type ShownStatus = StepStatus | 'stopped';

/** What people read for the state of a step. */
export const stepStatusTexts: Record<ShownStatus, string> = {
  pending: 'to come',
  running: 'running',
  waiting: 'waiting to try again',
  succeeded: 'done',
  failed: 'failed',
  skipped: 'not needed',
  stopped: 'stopped',
};

/** The state of a step; what still ran when its operation ended was stopped. */
export function shownStatus(
  step: OperationStep,
  isOperationOver: boolean,
): ShownStatus {
  const isAlive = step.status === 'running' || step.status === 'waiting';
  return isOperationOver && isAlive ? 'stopped' : step.status;
}

/** True when nothing happens any more, unless somebody continues it. */
export function isOver(operation: Operation): boolean {
  return (
    operation.status === 'succeeded' ||
    operation.status === 'failed' ||
    operation.status === 'cancelled'
  );
}

/** What a kind of operation is called in a list. */
export function operationNoun(kind: OperationKind): string {
  return nouns[kind];
}

/** The heading of an operation. */
export function operationTitle(operation: Operation): string {
  const noun = nouns[operation.kind];
  switch (operation.status) {
    case 'succeeded':
      return `${noun} finished`;
    case 'failed':
      return `${noun} failed`;
    case 'cancelled':
      return `${noun} was cancelled`;
    default:
      return operation.cancelRequested
        ? `${noun} is being cancelled`
        : doing[operation.kind];
  }
}

/** The step that people want to hear about: the one that runs or failed, else the next one. */
export function currentStep(
  steps: readonly OperationStep[],
): OperationStep | undefined {
  return (
    steps.find(step =>
      ['running', 'waiting', 'failed'].includes(step.status),
    ) ?? steps.find(step => step.status === 'pending')
  );
}

/**
 * What a screen reader says when it changes: only the step and its state. Times and messages change too often to be read
 * out.
 */
export function announce(operation: Operation): string {
  const step = currentStep(operation.steps);
  if (isOver(operation) || !step) {
    return operationTitle(operation);
  }
  if (operation.queue) {
    const { of, position } = operation.queue;
    return `${operationTitle(
      operation,
    )}: waiting for room, number ${position} of ${of}`;
  }
  const number = operation.steps.indexOf(step) + 1;
  return `${operationTitle(operation)}: step ${number} of ${
    operation.steps.length
  }, ${step.title}, ${stepStatusTexts[step.status]}`;
}
