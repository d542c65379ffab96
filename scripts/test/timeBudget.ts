import type { Suite } from './suites.ts';

/** The time that a run may take, and how slow the machine is, as its suites so far show. */
export class TimeBudget {
  readonly #minutes: number;
  #spent: number;
  #usual = 0;

  /**
   * @param minutes - for everything; without it there is no end
   * @param spent - minutes that are gone before the first suite, such as for set-up
   */
  constructor(minutes = Infinity, spent = 0) {
    this.#minutes = minutes;
    this.#spent = spent;
  }

  /** Takes down how long a suite took. */
  note(suite: Suite, minutes: number): void {
    this.#spent += minutes;
    this.#usual += suite.usualMinutes;
  }

  /** How long a suite will probably take here. A fast machine is not believed to stay fast. */
  expected(suite: Suite): number {
    const slowness = this.#usual > 0 ? this.#spent / this.#usual : 1;
    return suite.usualMinutes * Math.max(1, slowness);
  }

  /** Whether a suite is to be run: a short one always, a long one if it will end in time. */
  fits(suite: Suite): boolean {
    return !suite.long || this.hasTimeFor(suite);
  }

  /**
   * Whether a suite will end in time.
   *
   * @param grace - minutes beyond the limit that are all right for this one
   */
  hasTimeFor(suite: Suite, grace = 0): boolean {
    return this.#spent + this.expected(suite) <= this.#minutes + grace;
  }
}
