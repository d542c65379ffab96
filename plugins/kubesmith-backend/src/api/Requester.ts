import type {
  AuditorService,
  AuditorServiceEventSeverityLevel,
  AuthService,
  BackstageCredentials,
  BackstageUserPrincipal,
  HttpAuthService,
  UserInfoService,
} from '@backstage/backend-plugin-api';
import type { JsonObject } from '@backstage/types';
import type { Request } from 'express';
import type { Caller } from '../orders/caller';

/** The only plugin that drives operations. */
const SCAFFOLDER = 'plugin:scaffolder';

/** Finds out who makes a request, and writes it into the audit log. */
export class Requester {
  readonly #deps: {
    auditor: AuditorService;
    auth: AuthService;
    httpAuth: HttpAuthService;
    userInfo: UserInfoService;
  };

  constructor(deps: {
    auditor: AuditorService;
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

  /** Does something that is worth an entry in the audit log, whether it is allowed and works or not. */
  async audited<T>(
    request: Request,
    event: {
      /** A noun and `mutate`, such as `cluster-mutate`. */
      eventId: string;
      severityLevel: AuditorServiceEventSeverityLevel;
      meta: JsonObject & { actionType: string };
    },
    action: () => Promise<{ result: T; meta?: JsonObject }>,
  ): Promise<T> {
    const entry = await this.#deps.auditor.createEvent({ ...event, request });
    try {
      const { result, meta } = await action();
      await entry.success({ meta });
      return result;
    } catch (error) {
      await entry.fail({
        error: error instanceof Error ? error : new Error(String(error)),
      });
      throw error;
    }
  }
}
