import type { PolicyDecision } from '@backstage/plugin-permission-common';
import type {
  PolicyDecisionExplained,
  PolicyRule,
} from '@kubesmith/plugin-kubesmith-common';

/**
 * What Kubesmith's policy module answers when the Kubesmith backend asks for a person who is not there
 * (`POST /api/permission/kubesmith/decisions`).
 * @public
 */
export type PersonDecisionsAnswer = {
  /** Whether the catalog knows the person; whom it does not know may do nothing. */
  known: boolean;
  /** The person's own ref and those of the person's groups; empty for an unknown person. */
  claims: string[];
  /** The version of the policies that decided. */
  version: number;
  /** One for each permission that was asked for, in that order. */
  decisions: PolicyDecision[];
};

/**
 * Which rule gives a person's right, or takes it (`POST /api/permission/kubesmith/explanations`).
 * @public
 */
export type DecisionExplanation = PolicyDecisionExplained & {
  /** The rule that decided, as it stands in the policies. */
  ruleText?: PolicyRule;
};
