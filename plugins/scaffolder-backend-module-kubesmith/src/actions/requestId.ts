import { createHash } from 'node:crypto';

/**
 * The id that makes a request of a task safe to repeat: after a crash or a retry the same task asks for the same thing and
 * gets the same answer, while two steps of one task (`each`) ask for two things.
 *
 * @param verb - what is asked for
 * @param taskId - the task
 * @param subject - what it is asked for, in any text
 */
export function requestId(
  verb: string,
  taskId: string,
  subject: string,
): string {
  const digest = createHash('sha256').update(subject).digest('hex');
  return `${verb}:${taskId}:${digest.slice(0, 16)}`;
}
