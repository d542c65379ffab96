import type { Failure } from '@kubesmith/plugin-kubesmith-common';
import {
  type DatabaseProblem,
  databaseProblem,
} from '../database/databaseProblem';
import { type FailureText, failureTexts, WAITS } from './failureTexts';

/** How the engine goes on after a failure; see `retry.ts`. */
export type FailureClass = Failure['class'];

/** A code that a step's failure can have. */
export type FailureCode = keyof typeof failureTexts;

/** A failure with a stable code, a class for the engine and two sentences for people. */
export class StepError extends Error {
  readonly failure: Failure;
  /** Whether the cluster needs a person's eyes: its phase becomes `needs-attention`. */
  readonly needsAttention: boolean;
  /** Whether the operation certainly changed nothing, in no try: then the cluster goes back to the phase that it had before. */
  changedNothing = false;

  constructor(
    code: FailureCode,
    values: Record<string, string | number> = {},
    options: { cause?: unknown; class?: FailureClass } = {},
  ) {
    const text: FailureText = failureTexts[code];
    const fill = (sentence: string) =>
      sentence.replace(/\{(\w+)\}/g, (whole, key) =>
        key in values ? String(values[key]) : whole,
      );
    const message = fill(text.message);
    super(message, { cause: options.cause });
    this.name = 'StepError';
    this.failure = {
      code,
      class: options.class ?? text.class,
      message,
      nextStep: fill(text.nextStep),
    };
    this.needsAttention = text.needsAttention ?? false;
  }
}

/** An error of a tool that knows its own class. */
export interface ClassedError extends Error {
  toStepError(): StepError;
}

function isClassed(error: unknown): error is ClassedError {
  return (
    error instanceof Error &&
    typeof (error as Partial<ClassedError>).toStepError === 'function'
  );
}

const DATABASE_DETAILS: Record<DatabaseProblem, string> = {
  away: 'it did not answer',
  busy: 'somebody else held a lock',
  full: 'no space is left',
  'read-only': 'it only lets itself be read',
  damaged: 'its file cannot be used',
};

function isDiskFull(error: unknown): boolean {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** What people are told when a failure that is tried again by itself was tried often enough. */
export function givenUp(failure: Failure): Failure {
  if (failure.nextStep !== WAITS) return failure;
  return {
    ...failure,
    nextStep:
      'It was tried several times. Retry later, or ask the system administrator what is wrong; the cluster can also be deleted.',
  };
}

/** Any thrown value as a classed failure. The text of an unexpected error is kept short: its stack goes to the log. */
export function toStepError(error: unknown): StepError {
  if (error instanceof StepError) return error;
  if (isClassed(error)) return error.toStepError();
  if (isDiskFull(error))
    return new StepError('KUBESMITH-DISK-FULL', { free: 0 }, { cause: error });
  const problem = databaseProblem(error);
  if (problem) {
    // Its own text holds the statement with its values.
    return new StepError(
      'KUBESMITH-DATABASE-AWAY',
      { detail: DATABASE_DETAILS[problem] },
      { cause: error },
    );
  }
  const detail = error instanceof Error ? error.message : String(error);
  return new StepError(
    'KUBESMITH-INTERNAL',
    { detail: detail.slice(0, 300) },
    { cause: error },
  );
}
