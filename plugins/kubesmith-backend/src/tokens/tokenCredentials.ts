import type { BackstageCredentials } from '@backstage/backend-plugin-api';
import type { PolicyDecision } from '@backstage/plugin-permission-common';
import type { TokenRecord } from './records';

/** Who comes with an access token: the person of the token, as far as the token's scope reaches. */
export type TokenPrincipal = {
  type: 'kubesmith-token';
  userRef: string;
  /** The person's own ref and those of the person's groups, as the catalog has them now. */
  claims: string[];
  token: Pick<TokenRecord, 'id' | 'name' | 'scope' | 'environment'>;
  /** What the person may do now, cut down to the scope, by name of the permission. What is missing is denied. */
  decisions: ReadonlyMap<string, PolicyDecision>;
};

/**
 * Credentials of an access token. They are good within this plugin only: Backstage's services know no such principal and
 * issue no tokens for it.
 */
export type TokenCredentials = BackstageCredentials<TokenPrincipal>;

/** Makes credentials of a principal. */
export function toCredentials(principal: TokenPrincipal): TokenCredentials {
  return { $$type: '@backstage/BackstageCredentials', principal };
}

/** Whose token it is, if these are the credentials of one. */
export function tokenPrincipalOf(
  credentials: BackstageCredentials,
): TokenPrincipal | undefined {
  const principal = credentials.principal as { type?: unknown } | undefined;
  return principal?.type === 'kubesmith-token'
    ? (principal as TokenPrincipal)
    : undefined;
}
