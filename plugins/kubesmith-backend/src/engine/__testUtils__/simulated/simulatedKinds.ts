import type { OperationKind } from '@kubesmith/plugin-kubesmith-common';

/** What a random schedule may do to a cluster: a new kind of operation joins by a line. */
export interface SimulatedKind {
  kind: OperationKind;
  /** The phases in which it is begun. */
  from: string[];
  /** The phase when it succeeded. */
  to: string;
  /** What its steps read from the operation's input. */
  input?: Record<string, unknown>;
}

/** All kinds but creation and deletion, with which every schedule begins and ends. */
export const simulatedKinds: SimulatedKind[] = [
  { kind: 'hibernate', from: ['ready', 'failed'], to: 'hibernated' },
  { kind: 'wake', from: ['hibernated'], to: 'ready' },
  { kind: 'repair', from: ['ready'], to: 'ready' },
  { kind: 'renew', from: ['ready'], to: 'ready' },
];

/** Kinds of which no schedule is made, by name, each with the reason. */
export const withoutSchedules: Record<string, string> = {
  scale: 'its request takes addresses and machine ids, which is no line here',
  snapshot: 'the simulated hosts know no snapshots',
  rollback: 'the simulated hosts know no snapshots',
  'remove-snapshot': 'the simulated hosts know no snapshots',
};
