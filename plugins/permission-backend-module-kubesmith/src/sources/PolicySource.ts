import type {
  Policies,
  PolicyProblem,
} from '@kubesmith/plugin-kubesmith-common';

/** One version of the policies. It never changes. */
export type PolicySnapshot = {
  policies: Policies;
  /** Of the database: its number, 0 for the policies that ship. Of files: which state of them. */
  version: number;
};

/** Whether the policies in force are those that staff wrote last. */
export type PolicyHealth = {
  status: 'ok' | 'failing';
  /** What is wrong with the newest state; the last good one is in force. */
  problems: PolicyProblem[];
};

/** Where the policies come from. */
export interface PolicySource {
  readonly kind: 'files' | 'database';
  /** The version in force; never older than the call. Calls of one turn of the event loop get the same. */
  current(): Promise<PolicySnapshot>;
  health(): PolicyHealth;
}
