import type { OperationRecord } from '../../engine/records';

/** What was decided when scaling was requested: names of nodes. */
export type ScaleInput = {
  added: string[];
  /** Half made before. */
  completed: string[];
  removed: string[];
};

/** What was decided for an operation of the kind `scale`. */
export function scaleInput({ input }: OperationRecord): ScaleInput {
  return input as unknown as ScaleInput;
}

/** The workers that are to work when it is over and do not yet. */
export function comingWorkers(operation: OperationRecord): string[] {
  const { added, completed } = scaleInput(operation);
  return [...completed, ...added];
}

/** Whether the cluster was well when it was scaled. */
export function wasReady({ input }: OperationRecord): boolean {
  return input?.phaseBefore === 'ready';
}
