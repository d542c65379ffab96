import type { UserInfoService } from '@backstage/backend-plugin-api';
import {
  AuthorizeResult,
  type Permission,
  type PolicyDecision,
  isResourcePermission,
} from '@backstage/plugin-permission-common';
import type {
  PermissionPolicy,
  PolicyQuery,
  PolicyQueryUser,
} from '@backstage/plugin-permission-node';
import { RESOURCE_TYPE_CATALOG_ENTITY } from '@backstage/plugin-catalog-common/alpha';
import { RESOURCE_TYPE_SCAFFOLDER_TASK } from '@backstage/plugin-scaffolder-common/alpha';
import { RESOURCE_TYPE_CLUSTER } from '@kubesmith/plugin-kubesmith-common';
import { ADMINISTRATORS_ONLY, decideOther } from './decideOther';
import { decideCatalogEntity } from './decideCatalogEntity';
import { decideCluster } from './decideCluster';
import { decideTask } from './decideTask';
import type { PolicySettings } from './readPolicySettings';
import type { Subject } from './Subject';

/**
 * Who may do what: everybody with their own and their groups' clusters and orders, those who run an environment with the
 * clusters in it, administrators with everything. The README of this package has the table.
 */
export class KubesmithPolicy implements PermissionPolicy {
  readonly #settings: PolicySettings;
  readonly #userInfo: UserInfoService;

  constructor(options: {
    settings: PolicySettings;
    userInfo: UserInfoService;
  }) {
    this.#settings = options.settings;
    this.#userInfo = options.userInfo;
  }

  async handle(
    { permission }: PolicyQuery,
    user?: PolicyQueryUser,
  ): Promise<PolicyDecision> {
    if (!user) {
      return { result: AuthorizeResult.DENY };
    }
    const { userEntityRef, ownershipEntityRefs: claims } =
      await this.#userInfo.getUserInfo(user.credentials);
    if (claims.some(ref => this.#settings.administrators.includes(ref))) {
      return { result: AuthorizeResult.ALLOW };
    }
    return decide(permission, {
      userEntityRef,
      claims,
      ledEnvironments: this.#settings.environments
        .filter(environment => claims.includes(environment.owner))
        .map(environment => environment.name),
    });
  }
}

function decide(permission: Permission, subject: Subject): PolicyDecision {
  if (ADMINISTRATORS_ONLY.has(permission.name)) {
    return { result: AuthorizeResult.DENY };
  }
  if (isResourcePermission(permission, RESOURCE_TYPE_CLUSTER)) {
    return decideCluster(permission, subject);
  }
  if (isResourcePermission(permission, RESOURCE_TYPE_CATALOG_ENTITY)) {
    return decideCatalogEntity(permission, subject);
  }
  if (isResourcePermission(permission, RESOURCE_TYPE_SCAFFOLDER_TASK)) {
    return decideTask(permission, subject);
  }
  return decideOther(permission);
}
