import type { FieldProblem } from '@kubesmith/plugin-kubesmith-common';
import type { PlanDraft } from './RequestableOperation';

/** The plan of something that cannot begin. */
export function refused(...problems: FieldProblem[]): PlanDraft {
  return { summary: problems[0].message, effects: [], problems };
}
