import {
  type FieldProblem,
  MAX_REASON_LENGTH,
  REASON_PATTERN,
  fieldProblem,
} from '@kubesmith/plugin-kubesmith-common';

/** What is wrong with the reason of an order or of a deletion; undefined when nothing is, or none is given. */
export function reasonProblem(
  reason: string | undefined,
): FieldProblem | undefined {
  return reason === undefined || isReason(reason)
    ? undefined
    : fieldProblem('reason', 'KUBESMITH-REASON-INVALID', {
        max: MAX_REASON_LENGTH,
      });
}

/** The pattern counts characters as people do; the limit of the API is one of its string's units. */
function isReason(text: string): boolean {
  return text.length <= MAX_REASON_LENGTH && REASON_PATTERN.test(text);
}
