/** What goes wrong on request. Nothing of the kind exists in Proxmox; each fault stands for something that happens there. */
import { randomUUID } from 'node:crypto';
import { segmentsOf } from './router.ts';

/** Something that goes wrong with a task rather than with the call that starts it. */
export type TaskFault =
  /** The task ends with this text in place of `OK` and changes nothing. */
  | { kind: 'fail-task'; message: string }
  /** The task does its work and ends with `WARNINGS: 1`; the text is in its log. */
  | { kind: 'warn-task'; message: string }
  /** The task takes at least so many milliseconds. */
  | { kind: 'slow-task'; ms: number };

/** What happens to a call. */
export type Effect =
  | TaskFault
  /** An answer of this status without any effect; 595 to 599 have no body, as they come from Proxmox's proxy. */
  | { kind: 'status'; status: number; message: string }
  /** `can't lock file … - got timeout`, without any effect. */
  | { kind: 'lock-timeout' }
  /** The connection breaks before anything happened. */
  | { kind: 'drop-before' }
  /** The call takes effect, then the connection breaks. */
  | { kind: 'drop-after' }
  /** The call is held for so many milliseconds, then made. */
  | { kind: 'delay'; ms: number }
  /** For a clone: somebody else takes the new VMID first. */
  | { kind: 'vmid-taken' };

/** A fault as a test asks for it. */
export interface FaultRequest {
  method?: string;
  /** Path below `/api2/json`; `*` is one segment, `**` any number. */
  path: string;
  effect: Effect;
  /** How many calls it hits; 1 if not given. */
  count?: number;
  /** How many matching calls are let through first; 0 if not given. */
  skip?: number;
}

/** A fault that waits for its calls. */
export interface Fault extends FaultRequest {
  id: string;
  count: number;
  skip: number;
  /** Calls that it has hit. */
  hits: number;
}

const EFFECTS: readonly Effect['kind'][] = [
  'fail-task',
  'warn-task',
  'slow-task',
  'status',
  'lock-timeout',
  'drop-before',
  'drop-after',
  'delay',
  'vmid-taken',
];

/** Whether an effect is on the task rather than on the call. */
export function isTaskFault(effect: Effect): effect is TaskFault {
  return ['fail-task', 'warn-task', 'slow-task'].includes(effect.kind);
}

/** The faults that wait for their calls. */
export class Faults {
  #faults: Fault[] = [];

  add(request: FaultRequest): Fault {
    if (typeof request?.path !== 'string') {
      throw new Error('a fault needs a path');
    }
    if (!EFFECTS.includes(request.effect?.kind)) {
      throw new Error(`effect.kind must be one of ${EFFECTS.join(', ')}`);
    }
    const fault = {
      ...request,
      id: randomUUID(),
      count: request.count ?? 1,
      skip: request.skip ?? 0,
      hits: 0,
    };
    this.#faults.push(fault);
    return fault;
  }

  list(): Fault[] {
    return this.#faults;
  }

  clear(): void {
    this.#faults = [];
  }

  /** The first fault that waits for such a call; it is counted. */
  take(method: string, path: string): Fault | undefined {
    const given = segmentsOf(path).map(decodeURIComponent);
    for (const fault of this.#faults) {
      if (fault.method && fault.method !== method) continue;
      if (fault.hits >= fault.count) continue;
      if (!fits(segmentsOf(fault.path), given)) continue;
      if (fault.skip > 0) {
        fault.skip--;
        continue;
      }
      fault.hits++;
      return fault;
    }
    return undefined;
  }
}

function fits(pattern: string[], given: string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return given.length === 0;
  if (first === '**') {
    return given.some((_, i) => fits(rest, given.slice(i))) || fits(rest, []);
  }
  if (given.length === 0) return false;
  return (first === '*' || first === given[0]) && fits(rest, given.slice(1));
}
