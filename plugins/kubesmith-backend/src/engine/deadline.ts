/**
 * A moment of this machine by both of its clocks. The first is the same for all processes and never set, but stands still
 * while the machine is suspended; the second goes on then, but may be set. What must not happen too late is too late when
 * either says so.
 */
export interface Deadline {
  /** Milliseconds of CLOCK_MONOTONIC. */
  uptimeMs: number;
  /** Milliseconds since the epoch. */
  wallMs: number;
}

/** The present moment. */
export function present(): Deadline {
  return {
    uptimeMs: Number(process.hrtime.bigint() / 1_000_000n),
    wallMs: Date.now(),
  };
}

/** So many milliseconds after a moment. */
export function after(moment: Deadline, ms: number): Deadline {
  return { uptimeMs: moment.uptimeMs + ms, wallMs: moment.wallMs + ms };
}

/** Whether it has passed. */
export function isOver(deadline: Deadline): boolean {
  const now = present();
  return now.uptimeMs > deadline.uptimeMs || now.wallMs > deadline.wallMs;
}

/** The earlier one of each clock. */
export function earlier(a: Deadline, b: Deadline): Deadline {
  return {
    uptimeMs: Math.min(a.uptimeMs, b.uptimeMs),
    wallMs: Math.min(a.wallMs, b.wallMs),
  };
}
