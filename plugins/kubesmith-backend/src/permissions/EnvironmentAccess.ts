import type {
  BackstageCredentials,
  PermissionsRegistryService,
  PermissionsService,
} from '@backstage/backend-plugin-api';
import {
  AuthorizeResult,
  type PolicyDecision,
} from '@backstage/plugin-permission-common';
import { createConditionAuthorizer } from '@backstage/plugin-permission-node';
import {
  environmentManagePermission,
  quotaManagePermission,
} from '@kubesmith/plugin-kubesmith-common';
import {
  type EnvironmentResource,
  environmentPermissionResourceRef,
} from '@kubesmith/plugin-kubesmith-node';
import { notAllowed } from '../errors/apiErrors';
import type { PersonDecisions } from './PersonDecisions';
import { noteDecision } from './decisionsMade';
import { asDenial } from './denials';

const environmentPermissions = {
  'manage-environment': environmentManagePermission,
  'manage-quota': quotaManagePermission,
};

/** What may be done with one environment. */
export type EnvironmentVerb = keyof typeof environmentPermissions;

const verbs = Object.keys(environmentPermissions) as EnvironmentVerb[];

const queries = verbs.map(verb => environmentPermissions[verb]);

const deeds: Record<EnvironmentVerb, string> = {
  'manage-environment': 'change this environment',
  'manage-quota': 'change quotas here',
};

/** What one caller may do with environments, for as long as one request lasts. */
export interface CallerEnvironments {
  /** Whether the caller may do something with an environment. */
  may(verb: EnvironmentVerb, environment: EnvironmentResource): boolean;
  /**
   * Whether the caller may do it in every environment, also in one that does not exist yet. To be asked before one is added or
   * gets another name or owner: who runs an environment could otherwise make more of them.
   */
  mayEverywhere(verb: EnvironmentVerb): boolean;
  /** Throws a 403 when the caller may not; without an environment, when the caller may not everywhere. */
  require(verb: EnvironmentVerb, environment?: EnvironmentResource): void;
}

/** Asks the permission framework about environments. A service principal (another plugin) may do everything there. */
export class EnvironmentAccess {
  readonly #people: Pick<PersonDecisions, 'of'>;
  readonly #permissions: PermissionsService;
  readonly #matches: ReturnType<
    typeof createConditionAuthorizer<EnvironmentResource>
  >;

  constructor(options: {
    people: Pick<PersonDecisions, 'of'>;
    permissions: PermissionsService;
    permissionsRegistry: PermissionsRegistryService;
  }) {
    this.#people = options.people;
    this.#permissions = options.permissions;
    this.#matches = createConditionAuthorizer(
      options.permissionsRegistry.getPermissionRuleset(
        environmentPermissionResourceRef,
      ),
    );
  }

  /** Decides everything about environments in one question to the policy. */
  async of(credentials: BackstageCredentials): Promise<CallerEnvironments> {
    return this.#toAccess(
      await this.#permissions.authorizeConditional(
        queries.map(permission => ({ permission })),
        { credentials },
      ),
    );
  }

  /**
   * The same for a person who is not there to ask.
   *
   * @throws what {@link PersonDecisions.of} throws
   */
  async ofPerson(userRef: string): Promise<CallerEnvironments> {
    const { decisions } = await this.#people.of(userRef, queries);
    return this.#toAccess(decisions);
  }

  #toAccess(answers: PolicyDecision[]): CallerEnvironments {
    const decisions = new Map(verbs.map((verb, n) => [verb, answers[n]]));
    const may: CallerEnvironments['may'] = (verb, environment) =>
      this.#matches(decisions.get(verb)!, environment);
    const mayEverywhere = (verb: EnvironmentVerb) =>
      decisions.get(verb)!.result === AuthorizeResult.ALLOW;
    return {
      may,
      mayEverywhere,
      require(verb, environment) {
        const allowed = environment
          ? may(verb, environment)
          : mayEverywhere(verb);
        if (environment) {
          const { name, owner } = environment;
          noteDecision({
            verb,
            facts: { owner: '', environment: name, environmentOwner: owner },
            allowed,
          });
        }
        if (!allowed) {
          throw asDenial(notAllowed(deeds[verb]), {
            verb,
            environment: environment?.name,
          });
        }
      },
    };
  }
}
