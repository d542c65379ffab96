import type {
  BackstageCredentials,
  PermissionsRegistryService,
  PermissionsService,
} from '@backstage/backend-plugin-api';
import {
  AuthorizeResult,
  type BasicPermission,
  type PermissionCriteria,
  type PolicyDecision,
} from '@backstage/plugin-permission-common';
import {
  createConditionAuthorizer,
  createConditionTransformer,
} from '@backstage/plugin-permission-node';
import {
  clusterAccessAdministratorPermission,
  clusterAccessEditorPermission,
  clusterAccessPermission,
  clusterDeletePermission,
  clusterReadPermission,
  orderPermission,
} from '@kubesmith/plugin-kubesmith-common';
import {
  type ClusterFilter,
  type ClusterResource,
  type OrderResource,
  clusterPermissionResourceRef,
  orderPermissionResourceRef,
} from '@kubesmith/plugin-kubesmith-node';
import { notAllowed, notFound } from '../errors/apiErrors';
import { asDenial } from './denials';

/** What may be done with one cluster. */
export type ClusterVerb =
  | 'read'
  | 'delete'
  | 'access'
  | 'access-editor'
  | 'access-administrator';

/** What one caller may do, for as long as one request lasts. */
export interface CallerAccess {
  /** Whether there can be any cluster that the caller sees. */
  readonly seesAny: boolean;
  /** Which clusters the caller sees, for the database; undefined means all of them. */
  readonly visible?: PermissionCriteria<ClusterFilter>;
  /** Whether the caller may do something with a cluster. */
  may(verb: ClusterVerb, cluster: ClusterResource): boolean;
  /**
   * The cluster, if the caller may do something with it; else a 404 when the caller does not even see it, or a 403.
   *
   * @param asked - what the caller asked for, when that is not the cluster itself
   */
  require<T extends ClusterResource>(
    verb: ClusterVerb,
    cluster: T | undefined,
    asked: { kind: Parameters<typeof notFound>[0]; id: string },
  ): T;
}

const verbs: Record<Exclude<ClusterVerb, 'read'>, string> = {
  delete: 'delete this cluster, nor stop or continue its operations',
  access: 'have kubeconfigs of this cluster',
  'access-editor': 'have kubeconfigs of this cluster as an editor',
  'access-administrator':
    'have kubeconfigs of this cluster as an administrator',
};

/** Asks the permission framework. A service principal (another plugin) may do everything there. */
export class ClusterAccess {
  readonly #permissions: PermissionsService;
  readonly #toFilter: ReturnType<
    typeof createConditionTransformer<ClusterFilter>
  >;
  readonly #matches: ReturnType<
    typeof createConditionAuthorizer<ClusterResource>
  >;
  readonly #orderMatches: ReturnType<
    typeof createConditionAuthorizer<OrderResource>
  >;

  constructor(options: {
    permissions: PermissionsService;
    permissionsRegistry: PermissionsRegistryService;
  }) {
    const rules = options.permissionsRegistry.getPermissionRuleset(
      clusterPermissionResourceRef,
    );
    this.#permissions = options.permissions;
    this.#toFilter = createConditionTransformer(rules);
    this.#matches = createConditionAuthorizer(rules);
    this.#orderMatches = createConditionAuthorizer(
      options.permissionsRegistry.getPermissionRuleset(
        orderPermissionResourceRef,
      ),
    );
  }

  /** Decides everything about clusters in one question to the policy. */
  async of(credentials: BackstageCredentials): Promise<CallerAccess> {
    const [read, remove, access, editor, administrator] =
      await this.#permissions.authorizeConditional(
        [
          { permission: clusterReadPermission },
          { permission: clusterDeletePermission },
          { permission: clusterAccessPermission },
          { permission: clusterAccessEditorPermission },
          { permission: clusterAccessAdministratorPermission },
        ],
        { credentials },
      );
    const decisions: Record<ClusterVerb, PolicyDecision> = {
      read,
      delete: remove,
      access,
      'access-editor': editor,
      'access-administrator': administrator,
    };
    const may: CallerAccess['may'] = (verb, cluster) =>
      this.#matches(decisions[verb], cluster);
    return {
      seesAny: read.result !== AuthorizeResult.DENY,
      visible:
        read.result === AuthorizeResult.CONDITIONAL
          ? this.#toFilter(read.conditions)
          : undefined,
      may,
      require(verb, cluster, asked) {
        if (!cluster) throw notFound(asked.kind, asked.id);
        const denial = {
          verb,
          clusterId: cluster.id,
          environment: cluster.environment,
        };
        if (!may('read', cluster)) {
          throw asDenial(notFound(asked.kind, asked.id), denial);
        }
        if (verb !== 'read' && !may(verb, cluster)) {
          throw asDenial(notAllowed(verbs[verb]), denial);
        }
        return cluster;
      },
    };
  }

  /** Which orders the caller may place. */
  async ordersOf(
    credentials: BackstageCredentials,
  ): Promise<(order: OrderResource) => boolean> {
    const [decision] = await this.#permissions.authorizeConditional(
      [{ permission: orderPermission }],
      { credentials },
    );
    return order => this.#orderMatches(decision, order);
  }

  /** Whether the caller has a permission that is not about one resource. */
  async has(
    permission: BasicPermission,
    credentials: BackstageCredentials,
  ): Promise<boolean> {
    const [decision] = await this.#permissions.authorize([{ permission }], {
      credentials,
    });
    return decision.result === AuthorizeResult.ALLOW;
  }
}
