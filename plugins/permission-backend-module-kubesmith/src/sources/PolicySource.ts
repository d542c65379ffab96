import type {
  Policies,
  PolicyHealth,
} from '@kubesmith/plugin-kubesmith-common';

/** One version of the policies. It never changes. */
export type PolicySnapshot = {
  policies: Policies;
  /** Of the database: its number, 0 for the policies that ship. Of files: which state of them. */
  version: number;
};

/** Where the policies come from. */
export interface PolicySource {
  readonly kind: 'files' | 'database';
  /** The version in force; never older than the call. Calls of one turn of the event loop get the same. */
  current(): Promise<PolicySnapshot>;
  health(): PolicyHealth;
}
