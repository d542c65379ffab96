import { fieldProblem } from '@kubesmith/plugin-kubesmith-common';
import { requestRefused } from '../errors/apiErrors';

/**
 * A task id makes its task the driver of the operation: a user alone may not claim one.
 *
 * @throws a 400
 */
export function refuseForeignTask(
  taskId: string | undefined,
  throughScaffolder: boolean,
): void {
  if (taskId !== undefined && !throughScaffolder) {
    throw requestRefused([fieldProblem('taskId', 'KUBESMITH-TASK-NOT-YOURS')]);
  }
}
