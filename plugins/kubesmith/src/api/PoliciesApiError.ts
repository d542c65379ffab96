import {
  KubesmithApiError,
  type PolicyProblem,
} from '@kubesmith/plugin-kubesmith-common';

/** An answer of the policy routes that is not a success. The message is meant for people. */
export class PoliciesApiError extends KubesmithApiError {
  /** What is wrong in the policies, and where. */
  readonly policyProblems: PolicyProblem[];

  constructor(options: {
    status: number;
    message: string;
    name?: string;
    code?: string;
    policyProblems?: PolicyProblem[];
  }) {
    super(options);
    this.policyProblems = options.policyProblems ?? [];
  }
}

/** True for an error of the policy routes with this code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof KubesmithApiError && error.code === code;
}

/**
 * True when the portal has no such routes: then the decisions come from another policy engine. An answer of ours that says
 * 404 carries a code.
 */
export function isOtherEngine(error: unknown): boolean {
  return (
    error instanceof PoliciesApiError && error.status === 404 && !error.code
  );
}
