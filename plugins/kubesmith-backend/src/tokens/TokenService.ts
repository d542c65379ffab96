import type { LoggerService } from '@backstage/backend-plugin-api';
import type { PolicyDecision } from '@backstage/plugin-permission-common';
import type { PersonDecisions } from '../permissions/PersonDecisions';
import { conflict, notAllowed, notFound } from '../errors/apiErrors';
import type { TokenStore } from './TokenStore';
import type { TokenRecord } from './records';
import { type TokenCredentials, toCredentials } from './tokenCredentials';
import { tokenRefused } from './tokenErrors';
import { permissionsOf, withinReach } from './tokenReach';
import { isTokenWith, lookupOf, newToken } from './tokenText';

/** Somebody who needs more than this has forgotten about the others. */
const MAX_LIVE = 50;

/** So long one sees in the list that a token ended. */
const KEPT_AFTER_END_MS = 90 * 86_400_000;

/** Compared with when there is no such token, so that an answer takes as long. */
const NO_HASH = '0'.repeat(64);

/** Issues access tokens, and finds out who comes with one. */
export class TokenService {
  readonly #deps: {
    decisions: Pick<PersonDecisions, 'of'>;
    logger: LoggerService;
    store: TokenStore;
  };

  constructor(deps: {
    decisions: Pick<PersonDecisions, 'of'>;
    logger: LoggerService;
    store: TokenStore;
  }) {
    this.#deps = deps;
  }

  /**
   * A new token, whose text is in this answer and nowhere else.
   *
   * @throws what {@link PersonDecisions.of} throws when the token could not be used; ConflictError when there are too many
   */
  async create(
    wanted: Pick<TokenRecord, 'userRef' | 'name' | 'scope' | 'environment'> & {
      lifetimeMs: number;
    },
  ): Promise<{ token: TokenRecord; secret: string }> {
    const { decisions, store } = this.#deps;
    const { known } = await decisions.of(
      wanted.userRef,
      permissionsOf(wanted.scope),
    );
    if (!known) {
      throw notAllowed('make access tokens: the catalog does not know you');
    }
    if ((await store.countLive(wanted.userRef)) >= MAX_LIVE) {
      throw conflict('KUBESMITH-TOKEN-TOO-MANY', { most: MAX_LIVE });
    }
    const { text, lookup, hash } = newToken();
    return {
      token: await store.add({ ...wanted, lookup, hash }),
      secret: text,
    };
  }

  /** Ends one of somebody's own tokens. Throws a 404 for everything else. */
  async revoke(id: string, userRef: string): Promise<TokenRecord> {
    const revoked = await this.#deps.store.revoke(id, userRef);
    if (!revoked) throw notFound('access token', id);
    return revoked;
  }

  /** Forgets tokens that ended long ago; the audit trail still knows that they were made. */
  async forgetEnded(): Promise<void> {
    await this.#deps.store.forgetEndedBefore(KEPT_AFTER_END_MS);
  }

  /**
   * Who comes with a token, and what the person may do now with it.
   *
   * @throws AuthenticationError for a token that is not good (any more); what {@link PersonDecisions.of} throws
   */
  async authenticate(text: string): Promise<TokenCredentials> {
    const { decisions, logger, store } = this.#deps;
    const lookup = lookupOf(text);
    const found = lookup === undefined ? undefined : await store.find(lookup);
    if (!isTokenWith(text, found?.hash ?? NO_HASH) || !found) {
      throw tokenRefused('KUBESMITH-TOKEN-INVALID');
    }
    const { token, expired } = found;
    if (token.revokedAt !== undefined) {
      throw tokenRefused('KUBESMITH-TOKEN-REVOKED');
    }
    if (expired) throw tokenRefused('KUBESMITH-TOKEN-EXPIRED');

    const permissions = permissionsOf(token.scope);
    const person = await decisions.of(token.userRef, permissions);
    if (!person.known) throw tokenRefused('KUBESMITH-TOKEN-PERSON-GONE');
    await store
      .used(token.id)
      .catch(error =>
        logger.warn(`The use of token ${token.id} was not noted`, error),
      );
    return toCredentials({
      type: 'kubesmith-token',
      userRef: token.userRef,
      claims: person.claims,
      token,
      decisions: new Map(
        permissions.map((permission, n): [string, PolicyDecision] => [
          permission.name,
          withinReach(permission, person.decisions[n], token),
        ]),
      ),
    });
  }
}
