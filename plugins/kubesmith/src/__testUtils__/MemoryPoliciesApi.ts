import {
  POLICY_VERBS,
  Policies,
  checkPolicies,
  parsePolicies,
  type CurrentPolicies,
  type HandedInPolicies,
  type PolicyAnswers,
  type PolicyFacts,
  type PolicyPreview,
  type PolicyProblem,
  type PolicySubject,
  type PolicyVerb,
  type PolicyVersionInfo,
} from '@kubesmith/plugin-kubesmith-common';
import type { PoliciesApi, PolicySave } from '../api/policiesApi';
import { PoliciesApiError } from '../api/PoliciesApiError';
import { aCluster, anEnvironment } from './records';

/**
 * A double of the policy routes for tests: it keeps versions in memory and answers with the real parser and evaluator. It
 * knows one cluster (`cluster`), one environment and the people that it is given, and it leaves out the permission check, the check of
 * references and the preview, which tests set.
 */
export class MemoryPoliciesApi implements PoliciesApi {
  texts: string[];
  infos: PolicyVersionInfo[] = [];
  people: PolicySubject[] = [];
  cluster = aCluster();
  /** Who asks when nobody is named. */
  me = 'user:default/guest';
  source: CurrentPolicies['source'] = 'database';
  health: CurrentPolicies['health'] = { status: 'ok', problems: [] };
  /** What is wrong with references, given the text. */
  problems: (yaml: string) => PolicyProblem[] = () => [];
  nextPreview: PolicyPreview = {
    changes: [],
    total: 0,
    users: 1,
    clusters: 1,
    managers: 1,
  };

  constructor(shipped: string) {
    this.texts = [shipped];
  }

  get #version() {
    return this.texts.length - 1;
  }

  async current(): Promise<CurrentPolicies> {
    const yaml = this.texts[this.#version];
    return {
      source: this.source,
      writable: this.source === 'database',
      version: this.#version,
      document: parsePolicies(yaml).document!,
      yaml,
      health: this.health,
    };
  }

  async versions(page: { limit: number; offset: number }) {
    return [...this.infos]
      .reverse()
      .slice(page.offset, page.offset + page.limit);
  }

  async version(version: number) {
    return { yaml: this.texts[version] };
  }

  async validate(policies: HandedInPolicies) {
    const { problems } =
      'yaml' in policies
        ? parsePolicies(policies.yaml)
        : checkPolicies(policies.document);
    return problems ?? this.problems(toYaml(policies));
  }

  async preview(_policies: HandedInPolicies) {
    return this.nextPreview;
  }

  async save(policies: HandedInPolicies, change: PolicySave) {
    if (change.expectedVersion !== this.#version) {
      throw new PoliciesApiError({
        status: 409,
        code: 'KUBESMITH-POLICY-CONFLICT',
        message: `Version ${
          this.#version
        } of the policies is the newest, and yours began with version ${
          change.expectedVersion
        }.`,
      });
    }
    const problems = await this.validate(policies);
    if (problems.length > 0) {
      throw new PoliciesApiError({
        status: 400,
        code: 'KUBESMITH-POLICY-INVALID',
        message: 'The policies have mistakes',
        policyProblems: problems,
      });
    }
    this.texts.push(toYaml(policies));
    this.infos.push({
      version: this.#version,
      author: this.me,
      reason: change.reason,
      createdAt: Date.now(),
    });
    return this.#version;
  }

  async rollBack(toVersion: number, change: PolicySave) {
    return this.save({ yaml: this.texts[toVersion] }, change);
  }

  async explain(
    question: { user?: string; cluster?: string } = {},
  ): Promise<PolicyAnswers> {
    const { user = this.me, cluster } = question;
    const subject = this.people.find(({ userRef }) => userRef === user);
    if (!subject || (cluster && cluster !== this.cluster.id)) {
      throw new PoliciesApiError({
        status: 404,
        code: 'KUBESMITH-NOT-FOUND',
        message: 'There is no such person or cluster',
      });
    }
    const { document } = await this.current();
    const asked = new Policies(document).of(subject);
    const facts = cluster
      ? {
          owner: this.cluster.owner,
          environment: this.cluster.environment,
          environmentOwner: 'group:default/instructors',
        }
      : undefined;
    const explain = (verb: PolicyVerb, about?: PolicyFacts) => {
      const decision = asked.decide(verb, about);
      const role = document.roles.find(
        ({ name }) => name === decision.role?.name,
      );
      return {
        verb,
        ...decision,
        ruleText:
          decision.rule === undefined ? undefined : role?.rules[decision.rule],
      };
    };
    const { name, title, owner } = anEnvironment();
    const order = { owner: user, environment: name, environmentOwner: owner };
    return {
      items: POLICY_VERBS.map(verb => explain(verb, facts)),
      environments: [
        {
          name,
          title,
          items: (
            ['create', 'manage-quota', 'manage-environment'] as const
          ).map(verb => explain(verb, order)),
        },
      ],
      roles: [...asked.roles],
    };
  }
}

/** JSON is YAML too. */
function toYaml(policies: HandedInPolicies): string {
  return 'yaml' in policies ? policies.yaml : JSON.stringify(policies.document);
}
