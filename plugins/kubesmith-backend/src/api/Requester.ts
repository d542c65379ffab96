import type {
  AuthService,
  BackstageCredentials,
  HttpAuthService,
  UserInfoService,
} from '@backstage/backend-plugin-api';
import type { Request } from 'express';
import type { Caller } from '../orders/caller';
import type { TokenService } from '../tokens/TokenService';
import {
  type TokenCredentials,
  tokenPrincipalOf,
} from '../tokens/tokenCredentials';
import { inPersonOnly } from '../tokens/tokenErrors';
import { TOKEN_PREFIX } from '../tokens/tokenText';

/** The only plugin that drives operations. */
const SCAFFOLDER = 'plugin:scaffolder';

/** Who did something, as the audit trail names them. */
export type Actor = {
  /** Entity ref of a user, or `plugin:NAME`. */
  actor: string;
  /** What the user acted through: a plugin, or an access token. */
  via?: string;
};

type Deps = {
  auth: AuthService;
  httpAuth: HttpAuthService;
  tokens: Pick<TokenService, 'authenticate'>;
  userInfo: UserInfoService;
};

/** Finds out who makes a request. */
export class Requester {
  readonly #deps: Deps;
  readonly #byToken = new WeakMap<Request, TokenCredentials>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /**
   * Lets nobody through without good credentials: Backstage's, or an access token. An access token is taken off the request:
   * Backstage knows no such thing, and nobody needs to see it again.
   *
   * @throws AuthenticationError
   */
  async authenticate(request: Request): Promise<void> {
    const token = accessTokenOf(request);
    if (token === undefined) {
      await this.#deps.httpAuth.credentials(request, {
        allow: ['user', 'service'],
      });
      return;
    }
    delete request.headers.authorization;
    this.#byToken.set(request, await this.#deps.tokens.authenticate(token));
  }

  /** Whoever it is: a user, also by an access token, or another plugin. */
  async anyone(request: Request): Promise<BackstageCredentials> {
    return (
      this.#byToken.get(request) ??
      this.#deps.httpAuth.credentials(request, { allow: ['user', 'service'] })
    );
  }

  /** A user, with the groups that the user belongs to. Others get a 403. */
  async user(request: Request): Promise<{
    credentials: BackstageCredentials;
    caller: Caller;
    /** Whether the user acts through the scaffolder. */
    throughScaffolder: boolean;
  }> {
    const byToken = this.#byToken.get(request);
    if (byToken) {
      const { userRef, claims } = byToken.principal;
      return {
        credentials: byToken,
        caller: { userRef, claims },
        throughScaffolder: false,
      };
    }
    const credentials = await this.#deps.httpAuth.credentials(request, {
      allow: ['user'],
    });
    const info = await this.#deps.userInfo.getUserInfo(credentials);
    return {
      credentials,
      caller: { userRef: info.userEntityRef, claims: info.ownershipEntityRefs },
      throughScaffolder: credentials.principal.actor?.subject === SCAFFOLDER,
    };
  }

  /** A user who is signed in and there: neither a token nor another plugin in the user's name. Others get a 403. */
  async inPerson(request: Request): Promise<string> {
    if (this.#byToken.has(request)) throw inPersonOnly();
    const { principal } = await this.#deps.httpAuth.credentials(request, {
      allow: ['user'],
    });
    if (principal.actor) throw inPersonOnly();
    return principal.userEntityRef;
  }

  /** Who it is, for the audit trail. */
  async actorOf(request: Request): Promise<Actor> {
    const { auth, httpAuth } = this.#deps;
    const byToken = this.#byToken.get(request)?.principal;
    if (byToken) {
      return { actor: byToken.userRef, via: `token:${byToken.token.id}` };
    }
    const credentials = await httpAuth.credentials(request);
    if (auth.isPrincipal(credentials, 'user')) {
      return {
        actor: credentials.principal.userEntityRef,
        via: credentials.principal.actor?.subject,
      };
    }
    return auth.isPrincipal(credentials, 'service')
      ? { actor: credentials.principal.subject }
      : { actor: 'nobody' };
  }

  /** The access token that a request came with. */
  tokenOf(
    request: Request,
  ): TokenCredentials['principal']['token'] | undefined {
    return this.#byToken.get(request)?.principal.token;
  }

  /** The user, if it is one. */
  userRefOf(credentials: BackstageCredentials): string | undefined {
    const byToken = tokenPrincipalOf(credentials);
    if (byToken) return byToken.userRef;
    return this.#deps.auth.isPrincipal(credentials, 'user')
      ? credentials.principal.userEntityRef
      : undefined;
  }

  /** Whether it is another plugin that speaks for itself. */
  isService(credentials: BackstageCredentials): boolean {
    return this.#deps.auth.isPrincipal(credentials, 'service');
  }

  /** Whether it is the scaffolder that speaks for itself. */
  isScaffolder(credentials: BackstageCredentials): boolean {
    return (
      this.#deps.auth.isPrincipal(credentials, 'service') &&
      credentials.principal.subject === SCAFFOLDER
    );
  }
}

function accessTokenOf(request: Request): string | undefined {
  const [, token] = /^Bearer +(\S+)$/i.exec(
    request.headers.authorization ?? '',
  ) ?? [undefined, undefined];
  return token?.startsWith(TOKEN_PREFIX) ? token : undefined;
}
