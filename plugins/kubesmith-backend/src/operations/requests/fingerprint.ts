import { createHash } from 'node:crypto';
import type { PlanDraft } from './RequestableOperation';

/** Stands for what was agreed to: a plan with the same effects has the same one. */
export function fingerprintOf(
  plan: Pick<PlanDraft, 'summary' | 'effects' | 'input'>,
): string {
  const { summary, effects, input } = plan;
  return createHash('sha256')
    .update(JSON.stringify([summary, effects, input ?? {}]))
    .digest('hex')
    .slice(0, 32);
}
