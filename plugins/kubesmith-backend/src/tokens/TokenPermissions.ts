import type { PermissionsService } from '@backstage/backend-plugin-api';
import {
  AuthorizeResult,
  type PolicyDecision,
} from '@backstage/plugin-permission-common';
import { tokenPrincipalOf } from './tokenCredentials';

const DENY = { result: AuthorizeResult.DENY } as const;

/**
 * The permission framework for requests that may come with an access token: what a token is good for was decided when it was
 * looked at; everybody else is Backstage's business.
 */
export class TokenPermissions implements PermissionsService {
  readonly #others: PermissionsService;

  constructor(others: PermissionsService) {
    this.#others = others;
  }

  authorize: PermissionsService['authorize'] = async (queries, options) => {
    const principal =
      options && 'credentials' in options
        ? tokenPrincipalOf(options.credentials)
        : undefined;
    if (!principal) return this.#others.authorize(queries, options);
    return queries.map(({ permission }) => {
      const decision = principal.decisions.get(permission.name) ?? DENY;
      // Nobody asks about single resources here; with conditions there is no answer that holds for all of them.
      return decision.result === AuthorizeResult.ALLOW
        ? { result: AuthorizeResult.ALLOW }
        : DENY;
    });
  };

  authorizeConditional: PermissionsService['authorizeConditional'] = async (
    queries,
    options,
  ) => {
    const principal =
      options && 'credentials' in options
        ? tokenPrincipalOf(options.credentials)
        : undefined;
    if (!principal) {
      return this.#others.authorizeConditional(queries, options);
    }
    return queries.map(
      ({ permission }): PolicyDecision =>
        principal.decisions.get(permission.name) ?? DENY,
    );
  };
}
