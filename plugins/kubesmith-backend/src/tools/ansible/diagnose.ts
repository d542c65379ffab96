import { StepError } from '../../engine/failures';
import { plainText } from '../process/lines';
import type { RunExit } from '../process/SupervisedRun';
import type { AnsibleEvent } from './events';

type HostEvent = Extract<AnsibleEvent, { type: 'host' }>;

/** As our callback plugin reports it. */
const HOST_KEY = /host key verification failed/i;
/** How all messages of the roles begin that say "I will not touch this" (a test reads them). */
const REFUSED = /^refused: /;
const PASSING =
  /could not get lock|temporary failure|too many requests|toomanyrequests|\b429\b|\b50[0234]\b|timed out|time-?out|no answer within|connection (?:reset|refused|closed)|another kubesmith run/i;

/** Why a playbook failed, or undefined when it did not. `problems` are its failed and unreachable hosts, in order. */
export function diagnosePlaybook(
  exit: RunExit,
  problems: HostEvent[],
  stderr: string[],
): StepError | undefined {
  if (exit.code === 0) return undefined;
  if (exit.error)
    return new StepError('KUBESMITH-TOOL-MISSING', {
      program: 'ansible-playbook',
    });
  if (exit.interrupted === 'timeout') {
    return new StepError('KUBESMITH-TOOL-TIMEOUT', {
      tool: 'Ansible',
      minutes: 45,
    });
  }
  if (
    exit.lost ||
    exit.killed ||
    exit.signal ||
    exit.interrupted === 'unattended'
  )
    return new StepError('KUBESMITH-TOOL-KILLED', { tool: 'Ansible' });
  // A host that is not who it was outweighs whatever else went wrong.
  const impostor = problems.find(
    ({ status, message }) =>
      status === 'unreachable' && HOST_KEY.test(message ?? ''),
  );
  const problem = impostor ?? problems.at(-1);
  if (!problem) {
    const detail = plainText(
      stderr.join(' ').trim() || `exit code ${exit.code}`,
      400,
    );
    return new StepError('KUBESMITH-PLAYBOOK-FAILED', {
      task: 'the start of the playbook',
      node: 'the portal',
      detail,
    });
  }
  const detail = plainText(problem.message ?? 'no message', 400);
  const node = plainText(problem.host, 63);
  if (impostor)
    return new StepError('KUBESMITH-HOSTKEY-MISMATCH', { node });
  if (problem.status === 'unreachable')
    return new StepError('KUBESMITH-NODE-UNREACHABLE', { node, detail });
  if (REFUSED.test(detail))
    return new StepError('KUBESMITH-NODE-REFUSED', {
      detail: `${node}: ${detail.replace(REFUSED, '')}`,
    });
  const code = PASSING.test(detail)
    ? 'KUBESMITH-PLAYBOOK-TRANSIENT'
    : 'KUBESMITH-PLAYBOOK-FAILED';
  return new StepError(code, {
    task: plainText(problem.task, 100),
    node,
    detail,
  });
}
