import { InputError } from '@backstage/errors';
import {
  type Failure,
  type FieldProblem,
  isKubesmithApiError,
} from '@kubesmith/plugin-kubesmith-common';

/** A failure as one line for people: what happened, what to do next, and the stable code. */
export function describeFailure(failure: Failure): string {
  return `${failure.message} ${failure.nextStep} (${failure.code})`;
}

/** All problems of an order, one per line: field, what is wrong, what to do, code. */
export function describeProblems(problems: FieldProblem[]): string {
  return problems
    .map(
      ({ field, code, message, remedy }) =>
        `${field}: ${message} ${remedy} (${code})`,
    )
    .join('\n');
}

/**
 * The error for the task's log. Field problems become an `InputError` that names every one of them; what else Kubesmith
 * said is kept, with its code.
 */
export function toTaskError(error: unknown): unknown {
  if (!isKubesmithApiError(error)) {
    return error;
  }
  if (error.problems.length > 0) {
    return new InputError(describeProblems(error.problems));
  }
  return error.code && !error.message.includes(error.code)
    ? Object.assign(new Error(`${error.message} (${error.code})`), {
        name: error.name,
      })
    : error;
}
