import type { ApiHolder } from '@backstage/frontend-plugin-api';
import {
  kubesmithApiRef,
  type KubesmithApi,
} from '@kubesmith/plugin-kubesmith';
import type {
  FieldProblem,
  OrderDraft,
} from '@kubesmith/plugin-kubesmith-common';
import type { FieldValidation } from '@rjsf/utils';
import { draftOf } from './orderForm';
import { tryAgainText } from './tryAgainText';

/** How long one answer serves the same question, in ms: all fields of a form ask it at the same time. */
const SHARED_MS = 2_000;

type Asked = { key: string; at: number; answer: Promise<FieldProblem[]> };
const lastAsked = new WeakMap<KubesmithApi, Asked>();

/** What is wrong with an order. The fields of one form, which ask together, share one request. */
export function checkOrder(
  kubesmithApi: KubesmithApi,
  draft: OrderDraft,
): Promise<FieldProblem[]> {
  const key = JSON.stringify(draft);
  const last = lastAsked.get(kubesmithApi);
  if (last?.key === key && Date.now() - last.at < SHARED_MS) {
    return last.answer;
  }
  const answer = kubesmithApi.checkOrder(draft);
  const asked = { key, at: Date.now(), answer };
  lastAsked.set(kubesmithApi, asked);
  // A failure must not be what the next one gets.
  answer.catch(() => {
    if (lastAsked.get(kubesmithApi) === asked) {
      lastAsked.delete(kubesmithApi);
    }
  });
  return answer;
}

/** A problem as the form shows it, with the code that people find in the guide. */
export function problemText(problem: FieldProblem): string {
  return `${problem.message} ${problem.remedy} (${problem.code})`;
}

/**
 * The validation of a form field by the same rules as the order itself: it asks the API about the whole draft and shows
 * the problems of its own fields.
 *
 * @param isMine - which problems this field shows
 */
export function createOrderValidation(
  isMine: (problem: FieldProblem) => boolean,
) {
  return async (
    _value: unknown,
    validation: FieldValidation,
    context: { apiHolder: ApiHolder; formData: unknown },
  ): Promise<void> => {
    const kubesmithApi = context.apiHolder.get(kubesmithApiRef);
    if (!kubesmithApi) {
      throw new Error('The Kubesmith plugin is not installed in this portal');
    }
    let problems: FieldProblem[];
    try {
      problems = await checkOrder(kubesmithApi, draftOf(context.formData));
    } catch (error) {
      validation.addError(
        tryAgainText('The order could not be checked', error),
      );
      return;
    }
    problems
      .filter(isMine)
      .forEach(problem => validation.addError(problemText(problem)));
  };
}
