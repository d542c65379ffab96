import {
  NotImplementedError,
  ServiceUnavailableError,
} from '@backstage/errors';
import { describeError } from '@kubesmith/plugin-kubesmith-common';

/** 501: the portal decides by a policy engine that cannot answer this, and will not be able to. */
export function policyEngineOther(): NotImplementedError {
  const { code, message, remedy } = describeError(
    'KUBESMITH-POLICY-ENGINE-OTHER',
  );
  return Object.assign(new NotImplementedError(`${message} ${remedy}`), {
    code,
  });
}

/** 503: the policies cannot be asked now; later they can. */
export function policyEngineAway(): ServiceUnavailableError {
  const { code, message, remedy } = describeError('KUBESMITH-POLICY-AWAY');
  return Object.assign(new ServiceUnavailableError(`${message} ${remedy}`), {
    code,
  });
}

/** Whether an error says that the portal decides by another policy engine. */
export function isPolicyEngineOther(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error as { code?: unknown }).code === 'KUBESMITH-POLICY-ENGINE-OTHER'
  );
}
