import type { FieldProblem } from '../api/types';

type ErrorBody = {
  error?: {
    name?: string;
    message?: string;
    code?: string;
    problems?: FieldProblem[];
  };
};

/**
 * An answer of the Kubesmith API that is not a success. The message is meant for people.
 * @public
 */
export class KubesmithApiError extends Error {
  /** The HTTP status. */
  readonly status: number;
  /** A stable code such as `KUBESMITH-POOL-EXHAUSTED`, if the answer has one. */
  readonly code?: string;
  /** What is wrong with which field; empty when the request itself was fine. */
  readonly problems: FieldProblem[];

  constructor(options: {
    status: number;
    message: string;
    name?: string;
    code?: string;
    problems?: FieldProblem[];
  }) {
    super(options.message);
    // The name of the server's error class: Backstage's error middleware turns it back into the same status.
    this.name = options.name ?? 'KubesmithApiError';
    this.status = options.status;
    this.code = options.code;
    this.problems = options.problems ?? [];
  }

  /** Reads the error body of the API; copes with answers of proxies that have another shape. */
  static fromAnswer(response: Response, body: unknown): KubesmithApiError {
    const error = (
      typeof body === 'object' && body !== null ? (body as ErrorBody) : {}
    ).error;
    return new KubesmithApiError({
      status: response.status,
      name: error?.name,
      message:
        error?.message ??
        `The Kubesmith API answered ${response.status} ${response.statusText}`,
      code: error?.code,
      problems: error?.problems,
    });
  }
}

/** True for an error of the Kubesmith API, also when it crossed a package boundary. @public */
export function isKubesmithApiError(
  error: unknown,
): error is KubesmithApiError {
  return (
    error instanceof Error &&
    typeof (error as Partial<KubesmithApiError>).status === 'number' &&
    Array.isArray((error as Partial<KubesmithApiError>).problems)
  );
}
