import {
  type PolicyComparison,
  type PolicyCondition,
  type PolicyFacts,
  allOf,
  anyOf,
  holds,
  not,
} from './condition';
import {
  ADMINISTRATORS,
  EVERYONE,
  OPEN_TO_THEM,
  type PolicyDocument,
  type PolicyRole,
  type PolicyRule,
  RUN_BY_THEM,
} from './schema';
import { type PolicyVerb, expandVerbs, isClusterVerb } from './verbs';

/** Somebody, as a policy sees them. @public */
export type PolicySubject = {
  /** Full entity ref in lower case. */
  userRef: string;
  /** The person's own ref and those of the person's groups. */
  claims: readonly string[];
};

/** An answer, and what gave it. @public */
export type PolicyDecisionExplained = {
  allowed: boolean;
  /**
   * What decided: `allow` and `deny` come from the rule that is named; `unseen` means that the cluster may not be seen, which
   * everything else needs; `nothing` that no rule matches.
   */
  because: 'allow' | 'deny' | 'unseen' | 'nothing';
  /** Name and title of the role that decided. */
  role?: { name: string; title?: string };
  /** Which of the role's rules, from 0. */
  rule?: number;
};

type BoundRule = {
  role: PolicyRole;
  index: number;
  condition: PolicyCondition;
};

/** How many people's rules are kept ready at a time. */
const MAX_SUBJECTS = 5000;

const NO_RULES = { allow: [], deny: [] };

/** For verbs that are not about a cluster. */
const NOTHING: PolicyFacts = {
  owner: '',
  environment: '',
  environmentOwner: '',
};

/** Who may not see a cluster may do nothing with it, and is told that there is none. */
function needsSight(verb: PolicyVerb): boolean {
  return isClusterVerb(verb) && verb !== 'read' && verb !== 'create';
}

/** A share gives kubeconfigs up to its role and no further; a denial is about every share. */
function sharedWith(
  values: readonly string[],
  verb: PolicyVerb,
  effect: PolicyRule['effect'],
): PolicyComparison {
  if (effect === 'allow' && verb === 'access-editor') {
    return { fact: 'sharedAsEditor', values };
  }
  return effect === 'allow' && verb === 'access-administrator'
    ? { fact: 'sharedAsAdministrator', values }
    : { fact: 'sharedWith', values };
}

/** What one version of the policies says of one person. @public */
export class SubjectPolicies {
  /** The roles that the person has, in the policies' order. */
  readonly roles: readonly PolicyRole[];
  readonly #subject: PolicySubject;
  readonly #rules = new Map<
    PolicyVerb,
    { allow: BoundRule[]; deny: BoundRule[] }
  >();
  readonly #conditions = new Map<PolicyVerb, PolicyCondition>();

  constructor(roles: readonly PolicyRole[], subject: PolicySubject) {
    this.roles = roles;
    this.#subject = subject;
    for (const role of roles) {
      role.rules.forEach((rule, index) => {
        for (const verb of expandVerbs(rule.verbs, rule.effect)) {
          const rules = this.#rules.get(verb) ?? { allow: [], deny: [] };
          this.#rules.set(verb, rules);
          rules[rule.effect].push({
            role,
            index,
            condition: this.#bind(rule, verb),
          });
        }
      });
    }
  }

  /** When the person may do something: `true` always, `false` never. The same answer as {@link decide}, for databases. */
  conditionOf(verb: PolicyVerb): PolicyCondition {
    const known = this.#conditions.get(verb);
    if (known !== undefined) {
      return known;
    }
    const { allow, deny } = this.#rules.get(verb) ?? NO_RULES;
    const condition = allOf([
      anyOf(allow.map(rule => rule.condition)),
      not(anyOf(deny.map(rule => rule.condition))),
      needsSight(verb) ? this.conditionOf('read') : true,
    ]);
    this.#conditions.set(verb, condition);
    return condition;
  }

  /** Whether the person may do something, and which rule says so. Facts are not needed for verbs on the portal. */
  decide(
    verb: PolicyVerb,
    facts: PolicyFacts = NOTHING,
  ): PolicyDecisionExplained {
    if (needsSight(verb) && !this.decide('read', facts).allowed) {
      return { allowed: false, because: 'unseen' };
    }
    const { allow, deny } = this.#rules.get(verb) ?? NO_RULES;
    const matching = (rules: readonly BoundRule[]) =>
      rules.find(({ condition }) => holds(condition, facts));
    const denied = matching(deny);
    const decisive = denied ?? matching(allow);
    if (!decisive) {
      return { allowed: false, because: 'nothing' };
    }
    const { role, index } = decisive;
    return {
      allowed: !denied,
      because: denied ? 'deny' : 'allow',
      role: { name: role.name, title: role.title },
      rule: index,
    };
  }

  /**
   * Through which templates the person may order: `only` these (any when missing), and none of `except`.
   */
  templates(): { only?: readonly string[]; except: readonly string[] } {
    const { allow, deny } = this.#rules.get('create') ?? NO_RULES;
    const limits = allow.map(({ role, index }) => role.rules[index].templates);
    return {
      only: limits.includes(undefined)
        ? undefined
        : [...new Set(limits.flatMap(names => names ?? []))],
      except: deny.flatMap(({ role, index }) => {
        const { templates, where, whose, sizes, versions } = role.rules[index];
        return where === 'all' && whose === 'anyone' && !sizes && !versions
          ? templates ?? []
          : [];
      }),
    };
  }

  /** A rule, filled in with who asks. */
  #bind(rule: PolicyRule, verb: PolicyVerb): PolicyCondition {
    const { claims, userRef } = this.#subject;
    const { where, whose, effect } = rule;
    const parts: PolicyCondition[] = [];
    if (typeof where === 'object') {
      if (where.environments === RUN_BY_THEM) {
        parts.push({ fact: 'environmentOwner', values: claims });
      } else if (where.environments === OPEN_TO_THEM) {
        parts.push({ fact: 'environmentMembers', values: claims });
      } else if (where.environments) {
        parts.push({ fact: 'environment', values: where.environments });
      }
      if (where.ownerGroups) {
        parts.push({ fact: 'owner', values: where.ownerGroups });
      }
    }
    if (whose === 'shared') {
      parts.push(verb !== 'create' && sharedWith(claims, verb, effect));
    } else if (isClusterVerb(verb) && whose !== 'anyone') {
      parts.push({
        fact: 'owner',
        values: whose === 'own' ? [userRef] : claims,
      });
    }
    const limit = (
      fact: PolicyComparison['fact'],
      values: readonly string[] | undefined,
    ) =>
      values && parts.push({ fact, values, whenUnknown: effect === 'allow' });
    limit('size', rule.sizes);
    limit('kubernetesVersion', rule.versions);
    limit('template', rule.templates);
    return allOf(parts);
  }
}

/** One version of the policies, ready for decisions. It never changes. @public */
export class Policies {
  readonly document: PolicyDocument;
  readonly #byMember = new Map<string, Set<number>>();
  readonly #subjects = new Map<string, SubjectPolicies>();

  /**
   * @param administrators - who is meant by `$administrators`: full entity refs in lower case
   */
  constructor(
    document: PolicyDocument,
    options: { administrators?: readonly string[] } = {},
  ) {
    this.document = document;
    document.roles.forEach(({ members }, index) => {
      for (const member of members) {
        const refs =
          member === ADMINISTRATORS ? options.administrators ?? [] : [member];
        for (const ref of refs) {
          const roles = this.#byMember.get(ref) ?? new Set();
          this.#byMember.set(ref, roles.add(index));
        }
      }
    });
  }

  /** What the policies say of one person; remembered. */
  of(subject: PolicySubject): SubjectPolicies {
    const key = JSON.stringify([subject.userRef, subject.claims]);
    const known = this.#subjects.get(key);
    if (known) {
      return known;
    }
    const indexes = new Set(
      [EVERYONE, ...subject.claims].flatMap(ref => [
        ...(this.#byMember.get(ref) ?? []),
      ]),
    );
    const made = new SubjectPolicies(
      this.document.roles.filter((_, index) => indexes.has(index)),
      subject,
    );
    if (this.#subjects.size >= MAX_SUBJECTS) {
      this.#subjects.clear();
    }
    this.#subjects.set(key, made);
    return made;
  }
}

/**
 * Whether somebody may do something, and why. The one evaluator: the policy module, the backend and the pages ask it.
 * @public
 */
export function decide(
  policies: Policies,
  subject: PolicySubject,
  verb: PolicyVerb,
  facts?: PolicyFacts,
): PolicyDecisionExplained {
  return policies.of(subject).decide(verb, facts);
}
