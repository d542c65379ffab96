import { AuthenticationError, NotAllowedError } from '@backstage/errors';
import {
  type KubesmithErrorCode,
  describeError,
} from '@kubesmith/plugin-kubesmith-common';

type TokenCode = Extract<KubesmithErrorCode, `KUBESMITH-TOKEN-${string}`>;

function coded<E extends Error>(make: (text: string) => E, code: TokenCode): E {
  const { message, remedy } = describeError(code);
  return Object.assign(make(`${message} ${remedy}`), { code });
}

/** 401: who comes with this token is nobody. */
export function tokenRefused(code: TokenCode): AuthenticationError {
  return coded(text => new AuthenticationError(text), code);
}

/** 403: this is for people who are signed in themselves. */
export function inPersonOnly(): NotAllowedError {
  return coded(text => new NotAllowedError(text), 'KUBESMITH-TOKEN-IN-PERSON');
}

/** 403: the token's scope is too small. */
export function readOnlyToken(): NotAllowedError {
  return coded(text => new NotAllowedError(text), 'KUBESMITH-TOKEN-READ-ONLY');
}

/** 403: the token is good for one environment, and this is about all of them. */
export function limitedToken(): NotAllowedError {
  return coded(text => new NotAllowedError(text), 'KUBESMITH-TOKEN-LIMITED');
}
