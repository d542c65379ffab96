import type { AuditEvent } from './records';

const WINDOW_MS = 60_000;
/** Of the same refusal: the first ones say all there is to say. */
const MOST_ALIKE = 5;
/** Of all refusals of one person. */
const MOST_OF_ONE = 30;
const MAX_REMEMBERED = 1000;

type Refusal = Pick<AuditEvent, 'actor' | 'action' | 'outcome'>;

/** How many refusals of one kind got no entry of their own. */
export type LeftOut = Refusal & { count: number };

type Window = {
  kept: number;
  alike: Map<string, number>;
  leftOut: Map<string, LeftOut>;
  timer: NodeJS.Timeout;
};

/**
 * Keeps somebody whose every attempt is refused from filling the audit trail: within a minute the first refusals of a person are
 * entries, the others are counted, and the count is an entry when the minute is over.
 */
export class RefusalBudget {
  readonly #onLeftOut: (leftOut: LeftOut) => Promise<void>;
  readonly #windows = new Map<string, Window>();

  /** @param onLeftOut - hears at the end of a minute of those that were left out in it; must not throw */
  constructor(onLeftOut: (leftOut: LeftOut) => Promise<void>) {
    this.#onLeftOut = onLeftOut;
  }

  /**
   * Whether this one is an entry of its own; else it is counted.
   *
   * @param about - what tells it from others of the same action
   */
  admits({ actor, action, outcome }: Refusal, about: string): boolean {
    const window = this.#windows.get(actor) ?? this.#open(actor);
    const kind = `${action}|${outcome}`;
    const key = `${kind}|${about}`;
    const alike = window.alike.get(key) ?? 0;
    if (alike < MOST_ALIKE && window.kept < MOST_OF_ONE) {
      window.alike.set(key, alike + 1);
      window.kept++;
      return true;
    }
    const leftOut = window.leftOut.get(kind);
    if (leftOut) leftOut.count++;
    else window.leftOut.set(kind, { actor, action, outcome, count: 1 });
    return false;
  }

  /** Ends all minutes now, when the portal stops. */
  async close(): Promise<void> {
    await Promise.all([...this.#windows.keys()].map(each => this.#end(each)));
  }

  #open(actor: string): Window {
    if (this.#windows.size >= MAX_REMEMBERED) {
      const [oldest] = this.#windows.keys();
      this.#end(oldest);
    }
    const window: Window = {
      kept: 0,
      alike: new Map(),
      leftOut: new Map(),
      timer: setTimeout(() => this.#end(actor), WINDOW_MS).unref(),
    };
    this.#windows.set(actor, window);
    return window;
  }

  async #end(actor: string): Promise<void> {
    const window = this.#windows.get(actor)!;
    clearTimeout(window.timer);
    this.#windows.delete(actor);
    for (const leftOut of window.leftOut.values()) {
      await this.#onLeftOut(leftOut);
    }
  }
}
