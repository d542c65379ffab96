import type { OperationKind } from './api/types';

/** What is not stopped half-way: what is half removed, or half put back, is of no use to anybody. @public */
export const UNSTOPPABLE_OPERATIONS: readonly OperationKind[] = [
  'delete',
  'rollback',
  'restore',
  // It is over as soon as it is begun.
  'transfer',
];
