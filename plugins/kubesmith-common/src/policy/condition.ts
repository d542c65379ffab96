/** What a policy may look at in a cluster, or in an order for one. All refs are full entity refs in lower case. @public */
export type PolicyFacts = {
  /** The user or group that the cluster belongs to, or shall belong to. */
  owner: string;
  environment: string;
  /** The group that runs the environment. */
  environmentOwner: string;
  /** With whom the cluster is shared, in any role; missing when with nobody. */
  sharedWith?: readonly string[];
  /** Those of them who are at least editors. */
  sharedAsEditor?: readonly string[];
  /** Those of them who are administrators. */
  sharedAsAdministrator?: readonly string[];
  /** Who may order there; needed for orders only. */
  environmentMembers?: readonly string[];
  /** Of an order. */
  size?: string;
  kubernetesVersion?: string;
  /** The template that the order came through; none for orders through the API. */
  template?: string;
};

/** One comparison. @public */
export type PolicyComparison = {
  fact: keyof PolicyFacts;
  values: readonly string[];
  /** The answer when the fact is not known; false when missing. */
  whenUnknown?: boolean;
};

/** When something is allowed. @public */
export type PolicyCondition =
  | boolean
  | PolicyComparison
  | { allOf: readonly PolicyCondition[] }
  | { anyOf: readonly PolicyCondition[] }
  | { not: PolicyCondition };

/** Whether a condition holds. @public */
export function holds(condition: PolicyCondition, facts: PolicyFacts): boolean {
  if (typeof condition === 'boolean') {
    return condition;
  }
  if ('fact' in condition) {
    const known = facts[condition.fact];
    if (known === undefined) {
      return condition.whenUnknown ?? false;
    }
    return typeof known === 'string'
      ? condition.values.includes(known)
      : known.some(each => condition.values.includes(each));
  }
  if ('not' in condition) {
    return !holds(condition.not, facts);
  }
  return 'allOf' in condition
    ? condition.allOf.every(part => holds(part, facts))
    : condition.anyOf.some(part => holds(part, facts));
}

function distinct(parts: readonly PolicyCondition[]): PolicyCondition[] {
  return [...new Map(parts.map(part => [JSON.stringify(part), part])).values()];
}

/** All of the parts, as simple as possible. */
export function allOf(parts: readonly PolicyCondition[]): PolicyCondition {
  const rest = distinct(
    parts
      .flatMap(part =>
        typeof part === 'object' && 'allOf' in part ? part.allOf : [part],
      )
      .filter(part => part !== true),
  );
  if (rest.includes(false)) {
    return false;
  }
  return rest.length < 2 ? rest[0] ?? true : { allOf: rest };
}

function conjunctsOf(part: PolicyCondition): readonly PolicyCondition[] {
  return typeof part === 'object' && 'allOf' in part ? part.allOf : [part];
}

function isEnvironment(part: PolicyCondition): part is PolicyComparison {
  return (
    typeof part === 'object' && 'fact' in part && part.fact === 'environment'
  );
}

/** Of conditions that differ in their environments only, makes one with all of these. */
function joinEnvironments(parts: readonly PolicyCondition[]) {
  const joined = new Map<string, PolicyCondition>();
  const environments = new Map<string, Set<string>>();
  for (const part of parts) {
    const conjuncts = conjunctsOf(part);
    const named = conjuncts.filter(isEnvironment);
    const others = conjuncts.filter(each => !isEnvironment(each));
    const key = JSON.stringify([named.length, others]);
    if (named.length !== 1) {
      joined.set(JSON.stringify(part), part);
      continue;
    }
    const all = environments.get(key) ?? new Set<string>();
    environments.set(key, all);
    named[0].values.forEach(value => all.add(value));
    joined.set(
      key,
      allOf([{ fact: 'environment', values: [...all] }, ...others]),
    );
  }
  return [...joined.values()];
}

/** Any of the parts, as simple as possible: a person in fifty roles asks the database few questions. */
export function anyOf(parts: readonly PolicyCondition[]): PolicyCondition {
  const rest = joinEnvironments(
    distinct(
      parts
        .flatMap(part =>
          typeof part === 'object' && 'anyOf' in part ? part.anyOf : [part],
        )
        .filter(part => part !== false),
    ),
  );
  if (rest.includes(true)) {
    return true;
  }
  return rest.length < 2 ? rest[0] ?? false : { anyOf: rest };
}

/** The opposite. */
export function not(part: PolicyCondition): PolicyCondition {
  return typeof part === 'boolean' ? !part : { not: part };
}
