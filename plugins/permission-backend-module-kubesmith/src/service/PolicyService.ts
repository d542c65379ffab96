import { NotAllowedError } from '@backstage/errors';
import {
  POLICY_VERBS,
  Policies,
  type CurrentPolicies,
  type HandedInPolicies,
  type PolicyAnswers,
  type PolicyDocument,
  type PolicyFacts,
  type PolicyPreview,
  type PolicyProblem,
  type PolicyVerb,
  type PolicyVersionInfo,
  checkPolicies,
  parsePolicies,
} from '@kubesmith/plugin-kubesmith-common';
import { stringify } from 'yaml';
import type { CatalogPeople } from '../people/CatalogPeople';
import {
  PolicyInvalidError,
  PolicyLockoutError,
  PolicyNotFoundError,
} from '../errors';
import type { PolicySource } from '../sources/PolicySource';
import type {
  PolicyVersion,
  PolicyVersionStore,
} from '../sources/PolicyVersionStore';
import { readDefaultPolicies } from '../sources/defaultPolicies';
import type { KubesmithRecords } from './KubesmithRecords';
import { checkReferences } from './checkReferences';
import { ENVIRONMENT_VERBS, previewChange } from './previewChange';

type PolicyServiceOptions = {
  source: PolicySource;
  /** Missing when policies are kept in files. */
  store?: PolicyVersionStore;
  administrators: readonly string[];
  people: CatalogPeople;
  records: KubesmithRecords;
};

/** Looks at policies, tries them out and saves them. Who may, is the caller's business. */
export class PolicyService {
  readonly #options: PolicyServiceOptions;

  constructor(options: PolicyServiceOptions) {
    this.#options = options;
  }

  async current(): Promise<CurrentPolicies> {
    const { source, store } = this.#options;
    const { policies, version } = await source.current();
    return {
      source: source.kind,
      writable: store !== undefined,
      version,
      document: policies.document,
      yaml: store
        ? (await this.version(version)).yaml
        : stringify(policies.document),
      health: source.health(),
    };
  }

  /** @throws PolicyNotFoundError */
  async version(version: number): Promise<Pick<PolicyVersion, 'yaml'>> {
    const found =
      version === 0
        ? { version, yaml: readDefaultPolicies() }
        : await this.#writable().get(version);
    if (!found) {
      throw new PolicyNotFoundError(
        `There is no version ${version} of the policies`,
      );
    }
    return found;
  }

  async versions(page: {
    limit: number;
    offset: number;
  }): Promise<PolicyVersionInfo[]> {
    return this.#writable().list(page);
  }

  /** Everything that is wrong with a policy; none when it could be saved. */
  async validate(handedIn: HandedInPolicies): Promise<PolicyProblem[]> {
    const checked = await this.#check(handedIn);
    return checked.problems;
  }

  /** @throws PolicyInvalidError */
  async preview(handedIn: HandedInPolicies): Promise<PolicyPreview> {
    const { source, people, records } = this.#options;
    const { policies } = await this.#require(handedIn);
    const [before, everybody, clusters, environments] = await Promise.all([
      source.current(),
      people.list(),
      records.clusters(),
      records.environmentFacts(),
    ]);
    return previewChange(
      before.policies,
      policies,
      everybody,
      clusters,
      environments,
    );
  }

  /**
   * Saves policies, all or nothing; they hold from now on.
   *
   * @throws PolicyInvalidError, PolicyConflictError when somebody saved in the meantime, PolicyLockoutError when nobody could
   * change policies afterwards
   */
  async save(
    handedIn: HandedInPolicies,
    change: { author: string; reason: string; expectedVersion: number },
  ): Promise<number> {
    const store = this.#writable();
    const { yaml, policies } = await this.#require(handedIn);
    await this.#refuseLockout(policies);
    return store.add({ ...change, yaml });
  }

  /** Saves an earlier version once more, as the newest. */
  async rollBack(
    toVersion: number,
    change: { author: string; reason: string; expectedVersion: number },
  ): Promise<number> {
    const { yaml } = await this.version(toVersion);
    return this.save({ yaml }, change);
  }

  /**
   * What somebody may do, and which rule says so.
   *
   * @param question.clusterId - with which cluster; without one, only verbs on the portal are answered
   * @throws PolicyNotFoundError for a person whom the catalog does not know
   */
  async explain(question: {
    userRef: string;
    clusterId?: string;
    verbs?: readonly PolicyVerb[];
  }): Promise<PolicyAnswers> {
    const { source, people, records } = this.#options;
    const [{ policies }, subject, found, environments] = await Promise.all([
      source.current(),
      people.get(question.userRef),
      question.clusterId ? records.cluster(question.clusterId) : undefined,
      records.environmentFacts(),
    ]);
    if (!subject) {
      throw new PolicyNotFoundError(
        `The catalog knows nobody called '${question.userRef}'`,
      );
    }
    const verbs = question.verbs ?? POLICY_VERBS;
    const explain = (verb: PolicyVerb, facts?: PolicyFacts) => {
      const decision = policies.of(subject).decide(verb, facts);
      const role = policies.document.roles.find(
        ({ name }) => name === decision.role?.name,
      );
      return {
        verb,
        ...decision,
        ruleText:
          decision.rule === undefined ? undefined : role?.rules[decision.rule],
      };
    };
    const { roles } = policies.of(subject);
    return {
      items: verbs.map(verb => explain(verb, found?.facts)),
      environments: environments.map(({ name, title, factsFor }) => ({
        name,
        title,
        items: ENVIRONMENT_VERBS.filter(verb => verbs.includes(verb)).map(
          verb => explain(verb, factsFor(subject.userRef)),
        ),
      })),
      roles: roles.map(({ name, title, description, rules }) => ({
        name,
        title,
        description,
        rules,
      })),
    };
  }

  #writable(): PolicyVersionStore {
    if (!this.#options.store) {
      throw new NotAllowedError(
        'The policies of this portal are kept in files: change them there',
      );
    }
    return this.#options.store;
  }

  async #check(handedIn: HandedInPolicies): Promise<{
    problems: PolicyProblem[];
    document?: PolicyDocument;
    yaml: string;
  }> {
    const parsed =
      'yaml' in handedIn
        ? parsePolicies(handedIn.yaml)
        : checkPolicies(handedIn.document);
    if (!parsed.document) {
      return { problems: parsed.problems, yaml: '' };
    }
    const { document, positions } = parsed;
    const problems = await checkReferences(document, positions, this.#options);
    if (document.include) {
      problems.push({
        ...positions(['include']),
        message: 'only files can include files: copy the roles in here',
      });
    }
    return {
      problems,
      document,
      yaml: 'yaml' in handedIn ? handedIn.yaml : stringify(document),
    };
  }

  async #require(
    handedIn: HandedInPolicies,
  ): Promise<{ yaml: string; policies: Policies }> {
    const { problems, document, yaml } = await this.#check(handedIn);
    if (problems.length > 0 || !document) {
      throw new PolicyInvalidError(problems);
    }
    return { yaml, policies: new Policies(document, this.#options) };
  }

  /** Somebody whom the catalog knows must be able to change the policies afterwards. */
  async #refuseLockout(policies: Policies): Promise<void> {
    const everybody = await this.#options.people.list();
    if (
      !everybody.some(
        person => policies.of(person).decide('manage-policy').allowed,
      )
    ) {
      throw new PolicyLockoutError(
        'Nobody could change policies any more: give manage-policy to somebody whom the catalog knows',
      );
    }
  }
}
