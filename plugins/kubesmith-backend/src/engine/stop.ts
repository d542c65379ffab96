import { after, type Deadline, isOver } from './deadline';

/** Why a running step is asked to stop. */
export type StopReason = 'cancelled' | 'shutdown' | 'lease-lost';

/**
 * The reason of an aborted step. Only `cancelled` stops the tools; on `shutdown` and `lease-lost` they go on and are found
 * again by whoever takes the operation up.
 */
export class StopError extends Error {
  override readonly name = 'StopError';
  readonly reason: StopReason;

  constructor(reason: StopReason) {
    super(`stopped: ${reason}`);
    this.reason = reason;
  }
}

/** Why a signal was aborted; undefined while it is not, or when somebody else aborted it. */
export function stopReasonOf(signal: AbortSignal): StopReason | undefined {
  return signal.aborted && signal.reason instanceof StopError
    ? signal.reason.reason
    : undefined;
}

/** How long the tools of a process that went away go on: see {@link attendanceOf}. Milliseconds. */
export interface ToolsWithoutBackend {
  unattendedMs: number;
  graceMs: number;
}

interface Bound {
  certainUntil: () => Deadline;
  tools?: ToolsWithoutBackend;
}

const leases = new WeakMap<AbortSignal, Bound>();

/**
 * Binds the work under a signal to a lease; `certainUntil` says up to when nobody else can have it.
 *
 * @param tools - if another machine may take over, for how long tools may outlive the lease
 */
export function bindLease(
  signal: AbortSignal,
  certainUntil: () => Deadline,
  tools?: ToolsWithoutBackend,
): void {
  leases.set(signal, { certainUntil, tools });
}

/**
 * A signal for work that must not be left half-way: it follows the given one, but for a cancellation, which waits until the work is
 * done. Whoever uses it looks at the given one between two such works.
 */
export function untilSafePoint(signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const follow = () => {
    if (stopReasonOf(signal) !== 'cancelled') controller.abort(signal.reason);
  };
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow, { once: true });
  const bound = leases.get(signal);
  if (bound) leases.set(controller.signal, bound);
  return controller.signal;
}

/** Up to when the lease of the work under this signal is certain; undefined for work without one. */
export function leaseEndOf(signal: AbortSignal): Deadline | undefined {
  return leases.get(signal)?.certainUntil();
}

/**
 * Up to when a tool that works under this signal may run if nothing is heard of us any more, and how long it may take to stop
 * then. Undefined where it may outlive us for as long as it likes, because nobody else takes over.
 */
export function attendanceOf(
  signal: AbortSignal,
): { until: Deadline; graceMs: number } | undefined {
  const { certainUntil, tools } = leases.get(signal) ?? {};
  if (!certainUntil || !tools) return undefined;
  const until = after(certainUntil(), tools.unattendedMs);
  return { until, graceMs: tools.graceMs };
}

/**
 * To be called right before an effect that cannot be taken back, with nothing awaited in between. A process that was stopped
 * for longer than its lease goes on in the middle of a step, before any timer or answer tells it that others took over.
 *
 * @throws StopError, also for a signal that was aborted
 */
export function assertStillOurs(signal: AbortSignal | undefined): void {
  signal?.throwIfAborted();
  const end = signal && leaseEndOf(signal);
  if (end && isOver(end)) throw new StopError('lease-lost');
}
