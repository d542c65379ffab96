import type { UserInfoService } from '@backstage/backend-plugin-api';
import {
  AuthorizeResult,
  type PolicyDecision,
} from '@backstage/plugin-permission-common';
import type {
  PermissionPolicy,
  PolicyQuery,
  PolicyQueryUser,
} from '@backstage/plugin-permission-node';
import { decidePermission } from '../decisions/decidePermission';
import type { PolicySource } from '../sources/PolicySource';

/** Kubesmith's own permissions are nobody else's business. */
const NOT_ASKED: PolicyDecision = { result: AuthorizeResult.DENY };

/** The portal's permission policy: says what the policies of the department say. */
export class KubesmithPolicy implements PermissionPolicy {
  readonly #source: PolicySource;
  readonly #userInfo: UserInfoService;
  readonly #others: (
    query: PolicyQuery,
    user: PolicyQueryUser,
  ) => Promise<PolicyDecision>;

  /**
   * @param options.others - decides about what is not Kubesmith's
   */
  constructor(options: {
    source: PolicySource;
    userInfo: UserInfoService;
    others: (
      query: PolicyQuery,
      user: PolicyQueryUser,
    ) => Promise<PolicyDecision>;
  }) {
    this.#source = options.source;
    this.#userInfo = options.userInfo;
    this.#others = options.others;
  }

  async handle(
    query: PolicyQuery,
    user?: PolicyQueryUser,
  ): Promise<PolicyDecision> {
    if (!user) {
      return { result: AuthorizeResult.DENY };
    }
    // Asked for before anything is awaited: all questions of one request then get the same version.
    const current = this.#source.current();
    const [{ policies }, info, others] = await Promise.all([
      current,
      // Backstage hands it over already; going through the service would be a request to the auth plugin each time.
      user.info ?? this.#userInfo.getUserInfo(user.credentials),
      query.permission.name.startsWith('kubesmith.')
        ? NOT_ASKED
        : this.#others(query, user),
    ]);
    return decidePermission(
      query.permission,
      policies.of({
        userRef: info.userEntityRef,
        claims: info.ownershipEntityRefs,
      }),
      info.userEntityRef,
      others,
    );
  }
}
