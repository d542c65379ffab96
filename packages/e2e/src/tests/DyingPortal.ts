import { JournalHold, type JournalWrite } from './JournalHold.ts';
import type { Setting } from './Setting.ts';

/** A portal that is killed in writes of its journal and started again, one write after the other. */
export class DyingPortal {
  readonly #setting: Setting;
  readonly #hold: JournalHold;
  readonly #limitMs: number;

  /** @param limitMs - how long it may take to come to a write */
  constructor(setting: Setting, limitMs: number) {
    this.#setting = setting;
    this.#hold = new JournalHold(setting);
    this.#limitMs = limitMs;
  }

  /**
   * Lets the portal begin something and takes its life in each of these writes, in their order; then it runs undisturbed, and
   * people have to sign in anew.
   */
  async through(
    writes: JournalWrite[],
    begin: () => Promise<unknown>,
  ): Promise<void> {
    await this.#hold.arm(writes[0]!);
    await begin();
    for (const index of writes.keys()) {
      await this.#hold.reached(this.#limitMs);
      await this.#setting.portal.kill();
      this.#hold.disarm();
      // As if the time of the lease had passed; crash.ts waits for it.
      await this.#setting.database('kubesmith', database =>
        database.exec(
          'UPDATE operations SET lease_until = 1 WHERE lease_until IS NOT NULL',
        ),
      );
      await this.#restart(writes[index + 1]);
    }
    this.#setting.forgetSessions();
  }

  /** The next write is armed before the next portal starts, so that none is missed. */
  async #restart(next: JournalWrite | undefined): Promise<void> {
    if (!next) {
      await this.#setting.portal.start();
      return;
    }
    await this.#hold.arm(next);
    // The portal may come to the write before it answers anybody; its start is then never over.
    const started = this.#setting.portal.start();
    started.catch(() => {});
    const enough = new AbortController();
    await Promise.race([
      started,
      this.#hold.reached(this.#limitMs, enough.signal),
    ]);
    enough.abort();
  }
}
