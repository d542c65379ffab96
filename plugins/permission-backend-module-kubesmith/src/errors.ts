import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import {
  formatPolicyProblem,
  type PolicyProblem,
} from '@kubesmith/plugin-kubesmith-common';

/** A policy with mistakes. */
export class PolicyInvalidError extends InputError {
  readonly code = 'KUBESMITH-POLICY-INVALID';
  readonly problems: PolicyProblem[];

  constructor(problems: PolicyProblem[]) {
    super(
      `The policies have mistakes and were not used: ${problems
        .map(formatPolicyProblem)
        .join('; ')}`,
    );
    this.problems = problems;
  }
}

/** Somebody saved in the meantime; nothing was saved. */
export class PolicyConflictError extends ConflictError {
  readonly code = 'KUBESMITH-POLICY-CONFLICT';
}

/** Nobody could change policies afterwards; nothing was saved. */
export class PolicyLockoutError extends ConflictError {
  readonly code = 'KUBESMITH-POLICY-LOCKOUT';
}

/** There is no such version, person or cluster. The code tells it from a portal without these routes. */
export class PolicyNotFoundError extends NotFoundError {
  readonly code = 'KUBESMITH-NOT-FOUND';
}
