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
