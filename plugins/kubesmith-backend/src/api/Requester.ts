import type {
  AuthService,
  BackstageCredentials,
  BackstageUserPrincipal,
  HttpAuthService,
  UserInfoService,
} from '@backstage/backend-plugin-api';
import type { Request } from 'express';
import type { Caller } from '../orders/caller';

/** The only plugin that drives operations. */
const SCAFFOLDER = 'plugin:scaffolder';

/** Finds out who makes a request. */
export class Requester {
  readonly #deps: {
    auth: AuthService;
    httpAuth: HttpAuthService;
    userInfo: UserInfoService;
  };

  constructor(deps: {
    auth: AuthService;
    httpAuth: HttpAuthService;
    userInfo: UserInfoService;
  }) {
    this.#deps = deps;
  }

  /** Whoever it is: a user, or another plugin. */
  async anyone(request: Request): Promise<BackstageCredentials> {
    return this.#deps.httpAuth.credentials(request, {
      allow: ['user', 'service'],
    });
  }

  /** A user, with the groups that the user belongs to. Others get a 403. */
  async user(request: Request): Promise<{
    credentials: BackstageCredentials<BackstageUserPrincipal>;
    caller: Caller;
    /** Whether the user acts through the scaffolder. */
    throughScaffolder: boolean;
  }> {
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

  /** The user, if it is one. */
  userRefOf(credentials: BackstageCredentials): string | undefined {
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
