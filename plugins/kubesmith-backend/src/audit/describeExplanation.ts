import type { DecisionExplanation } from '@kubesmith/plugin-kubesmith-node';

/** Rules may name hundreds of environments; an entry is one line. */
const MAX_RULE = 300;

/** Which role and rule decided, in one line, such as `Member: {"effect":"allow","verbs":["delete"],…}`. */
export function describeExplanation({
  because,
  role,
  ruleText,
}: DecisionExplanation): string {
  switch (because) {
    case 'unseen':
      return 'no rule lets them see it';
    case 'nothing':
      return 'no rule';
    default: {
      const rule = ruleText ? JSON.stringify(ruleText) : '';
      return `${role?.title ?? role?.name}: ${
        rule.length > MAX_RULE ? `${rule.slice(0, MAX_RULE)}…` : rule
      }`;
    }
  }
}
