import { type FailureClass, StepError } from '../../engine/failures';
import { NO_SPACE } from '../proxmox/PveError';
import type { RunExit } from '../process/SupervisedRun';
import { plainText } from '../process/lines';
import type { TerraformEvent } from './events';

type Diagnostic = Extract<TerraformEvent, { type: 'diagnostic' }>;
type Code = ConstructorParameters<typeof StepError>[0];

/**
 * What the diagnostics' words mean, the first match wins. The words are those of the provider 0.111.1, of Terraform and of
 * OpenTofu.
 */
const RULES: [RegExp, Code][] = [
  // Our own disk, not one of Proxmox's.
  [
    /(?:state|errored\.tfstate|\.terraform)[\s\S]*no space left on device/i,
    'KUBESMITH-DISK-FULL',
  ],
  [/HTTP 401/, 'KUBESMITH-PVE-CREDENTIALS'],
  [/HTTP 403|Permission check failed/, 'KUBESMITH-PVE-PERMISSION'],
  [/Error acquiring the state lock/, 'KUBESMITH-TERRAFORM-LOCKED'],
  [NO_SPACE, 'KUBESMITH-PVE-SPACE'],
  [
    /is locked|can't lock file|got timeout|got no worker upid/i,
    'KUBESMITH-PVE-LOCK',
  ],
  // The task itself may have ended well.
  [/error retrieving task status/, 'KUBESMITH-PVE-OUTCOME-UNKNOWN'],
  // Whose machine it is, the next attempt finds out before it does anything.
  [/already exists/, 'KUBESMITH-PVE-OUTCOME-UNKNOWN'],
  [
    /HTTP 59\d|\bEOF\b|connection (?:refused|reset)|timeout while waiting|i\/o timeout|TLS handshake timeout|no route to host|Plugin did not respond|Plugin error|request was cancelled|deadline exceeded/i,
    'KUBESMITH-PVE-OUTCOME-UNKNOWN',
  ],
  [
    /HTTP 400|Parameter verification failed|does not exist|no such/i,
    'KUBESMITH-PVE-REFUSED',
  ],
  [
    /failed to complete with exit code|start failed|clone failed/i,
    'KUBESMITH-PVE-TASK-FAILED',
  ],
  [/HTTP 5\d\d/, 'KUBESMITH-PVE-TASK-FAILED'],
];

/** Several machines may fail for several reasons: the one that needs a person first counts. */
const SEVERITY: FailureClass[] = [
  'permanent',
  'unknown',
  'ambiguous',
  'contention',
  'transient',
];
/** What Terraform says about its own being interrupted; the reason is known already. */
const INTERRUPTED = /execution halted|operation canceled/i;

function describe(diagnostic: Diagnostic): string {
  // "All attempts fail:\n#1: …", as detail or as summary: the first reason is the one, the attempts are of no use.
  const reasonOf = (text: string) => {
    const lines = text
      .split('\n')
      .map(line => line.trim())
      .filter(Boolean);
    return (
      lines
        .find(line => line.startsWith('#1:'))
        ?.slice(3)
        .trim() ??
      lines.at(0) ??
      ''
    );
  };
  const where = diagnostic.node ? `${diagnostic.node}: ` : '';
  const detail = reasonOf(diagnostic.detail);
  return plainText(
    `${where}${reasonOf(diagnostic.summary)}${detail ? `: ${detail}` : ''}`,
    400,
  );
}

/** What one error means. */
export function classifyDiagnostic(diagnostic: Diagnostic): StepError {
  const text = `${diagnostic.summary}\n${diagnostic.detail}`;
  const code =
    RULES.find(([pattern]) => pattern.test(text))?.[1] ??
    'KUBESMITH-TERRAFORM-FAILED';
  return new StepError(code, { detail: describe(diagnostic), free: 0 });
}

/** Why a run of Terraform failed, or undefined when it did not. */
export function diagnoseTerraform(
  exit: RunExit,
  diagnostics: Diagnostic[],
  stderr: string[],
): StepError | undefined {
  if (exit.code === 0) return undefined;
  if (exit.error)
    return new StepError('KUBESMITH-TOOL-MISSING', { program: 'terraform' });
  if (exit.interrupted === 'timeout') {
    return new StepError('KUBESMITH-TOOL-TIMEOUT', {
      tool: 'Terraform',
      minutes: 60,
    });
  }
  if (
    exit.lost ||
    exit.killed ||
    exit.signal ||
    exit.interrupted === 'unattended'
  )
    return new StepError('KUBESMITH-TOOL-KILLED', { tool: 'Terraform' });
  const errors = diagnostics
    .filter(diagnostic => diagnostic.severity === 'error')
    .filter(
      diagnostic => !INTERRUPTED.test(diagnostic.summary + diagnostic.detail),
    )
    .map(classifyDiagnostic)
    .sort(
      (a, b) =>
        SEVERITY.indexOf(a.failure.class) - SEVERITY.indexOf(b.failure.class),
    );
  if (errors.length > 0) return errors[0];
  const detail = plainText(stderr.join(' ') || `exit code ${exit.code}`, 400);
  return new StepError('KUBESMITH-TERRAFORM-FAILED', { detail });
}
