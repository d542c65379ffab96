import {
  ALL_CLUSTER_VERBS,
  OPEN_TO_THEM,
  RUN_BY_THEM,
  type PolicyRule,
} from '@kubesmith/plugin-kubesmith-common';
import {
  aboutOf,
  verbGroups,
  verbTexts,
  whoseTexts,
  type RuleVerb,
} from './verbTexts';

/** How to call what policies name. */
export type Names = {
  environment: (name: string) => string;
  entity: (ref: string) => string;
};

/** `a, b and c` */
export function list(words: readonly string[], last = 'and'): string {
  return words.length < 2
    ? words.join('')
    : `${words.slice(0, -1).join(', ')} ${last} ${words[words.length - 1]}`;
}

function describeWhere(where: PolicyRule['where'], names: Names): string {
  if (where === undefined) {
    return '(nowhere yet)';
  }
  if (where === 'all') {
    return 'everywhere';
  }
  const { environments, ownerGroups } = where;
  const parts = [];
  if (environments === RUN_BY_THEM) {
    parts.push('in environments that they run');
  } else if (environments === OPEN_TO_THEM) {
    parts.push('in environments that are open to them');
  } else if (environments) {
    parts.push(`in ${list(environments.map(names.environment))}`);
  }
  if (ownerGroups) {
    parts.push(`that belong to ${list(ownerGroups.map(names.entity), 'or')}`);
  }
  return parts.join(', ');
}

function limitsOf({ sizes, versions, templates }: PolicyRule): string {
  return [
    sizes && ` of size ${list(sizes, 'or')}`,
    versions && ` with Kubernetes ${list(versions, 'or')}`,
    templates && ` through ${list(templates, 'or')}`,
  ]
    .filter(Boolean)
    .join('');
}

/**
 * A rule in plain words, to be read after the role's title: `may order clusters of size small in Research, for themselves`.
 * A rule with verbs of several kinds becomes several sentences.
 */
export function describeRule(rule: PolicyRule, names: Names): string[] {
  const { effect, verbs, where, whose } = rule;
  const may = effect === 'deny' ? 'may never' : 'may';
  const place = describeWhere(where, names);
  const about = aboutOf(verbs);
  const phrases = (kind: string) =>
    verbGroups
      .filter(group => group.about === kind)
      .flatMap(group => group.verbs)
      .filter(verb => (verbs as readonly RuleVerb[]).includes(verb))
      .map(verb => verbTexts[verb].phrase);
  const sentences = [];
  if (verbs.includes(ALL_CLUSTER_VERBS)) {
    sentences.push(
      `${may} order clusters and do everything with ${
        whose ? whoseTexts[whose].clusters : 'clusters'
      } ${place}`,
    );
  } else {
    if (about.orders) {
      sentences.push(
        `${may} order clusters${limitsOf(rule)} ${place}${
          whose ? `, ${whoseTexts[whose].orders}` : ''
        }`,
      );
    }
    if (about.clusters) {
      sentences.push(
        `${may} ${list(phrases('clusters'))} ${
          whose ? whoseTexts[whose].clusters : 'clusters'
        } ${place}`,
      );
    }
  }
  if (about.environments) {
    sentences.push(`${may} ${list(phrases('environments'))} ${place}`);
  }
  if (about.portal) {
    sentences.push(`${may} ${list(phrases('portal'))}`);
  }
  return sentences.length > 0 ? sentences : [`${may} do nothing yet`];
}
