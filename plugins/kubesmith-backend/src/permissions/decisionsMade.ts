import { AsyncLocalStorage } from 'node:async_hooks';
import type {
  PolicyFacts,
  PolicyVerb,
} from '@kubesmith/plugin-kubesmith-common';

/** An answer of the policies that something depended on. */
export type DecisionMade = {
  verb: PolicyVerb;
  facts: PolicyFacts;
  allowed: boolean;
};

const collectors = new AsyncLocalStorage<{ last?: DecisionMade }>();

/** Runs an action and keeps the last decision that it depended on, for the record. */
export async function withDecision<T>(
  collector: { last?: DecisionMade },
  action: () => Promise<T>,
): Promise<T> {
  return collectors.run(collector, action);
}

/** Says which decision was just depended on. Means nothing outside of {@link withDecision}. */
export function noteDecision(decision: DecisionMade): void {
  const collector = collectors.getStore();
  if (collector) collector.last = decision;
}
