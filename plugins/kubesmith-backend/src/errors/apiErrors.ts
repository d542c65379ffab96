import {
  ConflictError,
  InputError,
  NotAllowedError,
  NotFoundError,
  ServiceUnavailableError,
} from '@backstage/errors';
import {
  type FieldProblem,
  type KubesmithErrorCode,
  describeError,
} from '@kubesmith/plugin-kubesmith-common';

type Values = Record<string, string | number>;

/**
 * Backstage's error middleware sends the extra properties along with name and message. There is never a cause: the middleware
 * would send it too, and texts of libraries and tools are for the log, which their catchers write.
 */
function coded<E extends Error>(
  make: (message: string) => E,
  code: KubesmithErrorCode,
  values: Values,
  extra: { problems?: FieldProblem[] } = {},
): E {
  const { message, remedy } = describeError(code, values);
  return Object.assign(make(`${message} ${remedy}`), { code, ...extra });
}

/** 400: what is wrong with which field. With one problem, its code is the answer's. */
export function requestRefused(problems: FieldProblem[]): InputError {
  const error = coded(
    message => new InputError(message),
    'KUBESMITH-REQUEST-INVALID',
    {
      problems: problems
        .map(({ field, message }) => `${field}: ${message}`)
        .join(' '),
    },
    { problems },
  );
  return problems.length === 1
    ? Object.assign(error, {
        code: problems[0].code,
        message: `${problems[0].message} ${problems[0].remedy}`,
      })
    : error;
}

/** 404, also for what the caller may not see. */
export function notFound(
  kind:
    | 'cluster'
    | 'operation'
    | 'kubeconfig'
    | 'share'
    | 'quota'
    | 'order request'
    | 'environment'
    | 'access token',
  id: string,
): NotFoundError {
  return coded(message => new NotFoundError(message), 'KUBESMITH-NOT-FOUND', {
    kind,
    id,
  });
}

/** 403: the caller sees it and may not do this. */
export function notAllowed(verb: string): NotAllowedError {
  return coded(
    message => new NotAllowedError(message),
    'KUBESMITH-NOT-ALLOWED',
    { verb },
  );
}

/** 409: not in this state. */
export function conflict(
  code: KubesmithErrorCode,
  values: Values,
): ConflictError {
  return coded(message => new ConflictError(message), code, values);
}

/** 409: the same, for what is known as a problem of a field. */
export function conflictOf({
  code,
  message,
  remedy,
}: FieldProblem): ConflictError {
  return Object.assign(new ConflictError(`${message} ${remedy}`), { code });
}

/** 503: something that Kubesmith needs does not answer. */
export function unavailable(
  code: KubesmithErrorCode,
  values: Values,
): ServiceUnavailableError {
  return coded(message => new ServiceUnavailableError(message), code, values);
}
