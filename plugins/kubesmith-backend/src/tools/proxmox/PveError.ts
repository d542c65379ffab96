import {
  type ClassedError,
  type FailureClass,
  StepError,
} from '../../engine/failures';

/** What Proxmox (or the way to it) said instead of an answer. */
export class PveError extends Error implements ClassedError {
  /** The HTTP status, or undefined when no answer came. */
  readonly status: number | undefined;
  readonly class: FailureClass;
  readonly call: string;

  constructor(options: {
    call: string;
    status?: number;
    message: string;
    class: FailureClass;
    cause?: unknown;
  }) {
    super(options.message, { cause: options.cause });
    this.name = 'PveError';
    this.call = options.call;
    this.status = options.status;
    this.class = options.class;
  }

  /** The same as the failure of a step. */
  toStepError(): StepError {
    return pveFailure(this);
  }

  /** Whether it says that the thing asked for is not there. Proxmox answers 500, not 404, for a machine that is gone. */
  get isMissing(): boolean {
    return (
      this.status === 404 ||
      (this.status === 500 &&
        /does not exist|no such|No such file/.test(this.message))
    );
  }
}

const LOCKED = /is locked|can't lock|got timeout|got no worker upid/i;
/** What the kinds of storage say when they are full: directories, ZFS, RBD, LVM and LVM-thin. */
export const NO_SPACE =
  /out of space|no space left|(?:not enough|insufficient) (?:free )?space|free space in thin pool|disk quota exceeded/i;
/** What it says of a machine that somebody protected from being removed; it answers, so it is not "away". */
const PROTECTED = /protection mode enabled/;
/** The host that a call was passed on to. */
const HOST = /\/nodes\/([^/]+)\//;

/** The class of an answer that is not a success. */
export function classifyAnswer(
  status: number,
  message: string,
  method: string,
): FailureClass {
  if (LOCKED.test(message)) return 'contention';
  if (NO_SPACE.test(message)) return 'permanent';
  // 595, 596 and 599 come from the host that passes a request on: whether the other one got it is unknown.
  if (status >= 590) return method === 'GET' ? 'transient' : 'ambiguous';
  if (status >= 500) return status === 501 ? 'permanent' : 'transient';
  return 'permanent';
}

/** A Proxmox error as the failure of a step. */
export function pveFailure(error: PveError): StepError {
  const detail = error.message;
  const as = (code: ConstructorParameters<typeof StepError>[0]) =>
    new StepError(code, { detail }, { cause: error, class: error.class });
  if (error.status === 401) return as('KUBESMITH-PVE-CREDENTIALS');
  if (error.status === 403) return as('KUBESMITH-PVE-PERMISSION');
  if (NO_SPACE.test(detail)) return as('KUBESMITH-PVE-SPACE');
  if (error.class === 'contention') return as('KUBESMITH-PVE-LOCK');
  if (PROTECTED.test(detail)) return as('KUBESMITH-MACHINE-PROTECTED');
  const host = HOST.exec(error.call)?.[1];
  if (host && error.status !== undefined && error.status >= 590) {
    return new StepError(
      'KUBESMITH-PVE-HOST-DOWN',
      { host, detail },
      { cause: error, class: error.class },
    );
  }
  if (error.class === 'ambiguous') return as('KUBESMITH-PVE-OUTCOME-UNKNOWN');
  if (error.status === undefined || error.status >= 590)
    return as('KUBESMITH-PVE-UNREACHABLE');
  if (error.class === 'permanent') return as('KUBESMITH-PVE-REFUSED');
  return as('KUBESMITH-PVE-UNREACHABLE');
}
