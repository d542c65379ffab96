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
  clusterApprovePermission,
  clusterDeletePermission,
  clusterExtendPermission,
  clusterHibernatePermission,
  clusterReadPermission,
  clusterScalePermission,
  clusterSharePermission,
  clusterSnapshotPermission,
  clusterUpgradePermission,
  factsOfShares,
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
import type { Orderer } from '../orders/caller';
import type { PersonDecisions } from './PersonDecisions';
import { noteDecision } from './decisionsMade';
import { asDenial } from './denials';

/** The permission that each thing that may be done with one cluster needs. */
const clusterPermissions = {
  read: clusterReadPermission,
  delete: clusterDeletePermission,
  extend: clusterExtendPermission,
  approve: clusterApprovePermission,
  access: clusterAccessPermission,
  'access-editor': clusterAccessEditorPermission,
  'access-administrator': clusterAccessAdministratorPermission,
  share: clusterSharePermission,
  scale: clusterScalePermission,
  upgrade: clusterUpgradePermission,
  hibernate: clusterHibernatePermission,
  snapshot: clusterSnapshotPermission,
};

/** What may be done with one cluster. */
export type ClusterVerb = keyof typeof clusterPermissions;

const clusterVerbs = Object.keys(clusterPermissions) as ClusterVerb[];

const clusterQueries = clusterVerbs.map(verb => clusterPermissions[verb]);

/** With which clusters a caller may do something, as a question to the database. */
export interface ClusterScope {
  /** Whether there can be any. */
  readonly any: boolean;
  /** Which they are; undefined means all of them. */
  readonly criteria?: PermissionCriteria<ClusterFilter>;
}

/** What one caller may do, for as long as one request lasts. */
export interface CallerAccess {
  /** Whether there can be any cluster that the caller sees. */
  readonly seesAny: boolean;
  /** Which clusters the caller sees, for the database; undefined means all of them. */
  readonly visible?: PermissionCriteria<ClusterFilter>;
  /** With which clusters the caller may do all of these things. */
  scopeOf(wanted: readonly ClusterVerb[]): ClusterScope;
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
  delete: 'delete this cluster, nor stop or continue its creation',
  extend: 'have this cluster last longer',
  approve: 'approve what is asked for this cluster, nor keep it from expiring',
  access: 'have kubeconfigs of this cluster',
  'access-editor': 'have kubeconfigs of this cluster as an editor',
  'access-administrator':
    'have kubeconfigs of this cluster as an administrator',
  share: 'share this cluster',
  scale: 'change the nodes of this cluster',
  upgrade: 'upgrade or repair this cluster',
  hibernate: 'hibernate or wake this cluster',
  snapshot: 'take or restore snapshots and backups of this cluster',
};

/** Asks the permission framework. A service principal (another plugin) may do everything there. */
export class ClusterAccess {
  readonly #people: Pick<PersonDecisions, 'of'>;
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
    people: Pick<PersonDecisions, 'of'>;
    permissions: PermissionsService;
    permissionsRegistry: PermissionsRegistryService;
  }) {
    const rules = options.permissionsRegistry.getPermissionRuleset(
      clusterPermissionResourceRef,
    );
    this.#people = options.people;
    this.#permissions = options.permissions;
    this.#toFilter = createConditionTransformer(rules);
    this.#matches = createConditionAuthorizer(rules);
    this.#orderMatches = createConditionAuthorizer(
      options.permissionsRegistry.getPermissionRuleset(
        orderPermissionResourceRef,
      ),
    );
  }

  /**
   * Decides everything about clusters in one question to the policy.
   *
   * @param questions - what will be asked, `read` among it; each costs
   */
  async of(
    credentials: BackstageCredentials,
    questions: readonly ClusterVerb[] = clusterVerbs,
  ): Promise<CallerAccess> {
    return this.#toAccess(
      await this.#permissions.authorizeConditional(
        questions.map(verb => ({ permission: clusterPermissions[verb] })),
        { credentials },
      ),
      questions,
    );
  }

  /**
   * The same for a person who is not there to ask, with the rights and groups that the person has now.
   *
   * @param userRef - a person whom the catalog does not know (any more) may do nothing
   * @throws what {@link PersonDecisions.of} throws
   */
  async ofPerson(userRef: string): Promise<CallerAccess> {
    const { decisions } = await this.#people.of(userRef, clusterQueries);
    return this.#toAccess(decisions);
  }

  #toAccess(
    answers: PolicyDecision[],
    questions: readonly ClusterVerb[] = clusterVerbs,
  ): CallerAccess {
    const decisions: Partial<Record<ClusterVerb, PolicyDecision>> =
      Object.fromEntries(
        questions.map((verb, index) => [verb, answers[index]]),
      );
    const decisionOn = (verb: ClusterVerb) => {
      const decision = decisions[verb];
      if (!decision) throw new Error(`Nobody asked who may '${verb}'`);
      return decision;
    };
    const scopeOf: CallerAccess['scopeOf'] = wanted => {
      const all: PermissionCriteria<ClusterFilter>[] = [];
      for (const verb of wanted) {
        const decision = decisionOn(verb);
        if (decision.result === AuthorizeResult.DENY) return { any: false };
        if (decision.result === AuthorizeResult.CONDITIONAL)
          all.push(this.#toFilter(decision.conditions));
      }
      const [first, ...others] = all;
      return {
        any: true,
        criteria: others.length > 0 ? { allOf: [first, ...others] } : first,
      };
    };
    const seen = scopeOf(['read']);
    const may: CallerAccess['may'] = (verb, cluster) =>
      this.#matches(decisionOn(verb), cluster);
    return {
      seesAny: seen.any,
      visible: seen.criteria,
      scopeOf,
      may,
      require(verb, cluster, asked) {
        if (!cluster) throw notFound(asked.kind, asked.id);
        const denial = {
          verb,
          clusterId: cluster.id,
          environment: cluster.environment,
        };
        const sees = may('read', cluster);
        const allowed = sees && (verb === 'read' || may(verb, cluster));
        noteDecision({
          verb: verb === 'access' ? 'access-viewer' : verb,
          facts: {
            owner: cluster.owner,
            environment: cluster.environment,
            environmentOwner: cluster.environmentOwner,
            ...factsOfShares(cluster.shares),
          },
          allowed,
        });
        if (!sees) {
          throw asDenial(notFound(asked.kind, asked.id), denial);
        }
        if (verb !== 'read' && !allowed) {
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

  /**
   * A person who is not there to ask, as somebody who orders: the groups and the rights that the person has now.
   *
   * @throws what {@link PersonDecisions.of} throws
   */
  async ordererOf(userRef: string): Promise<Orderer> {
    const { claims, decisions } = await this.#people.of(userRef, [
      orderPermission,
    ]);
    return {
      userRef,
      claims,
      mayOrder: order => this.#orderMatches(decisions[0], order),
    };
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
