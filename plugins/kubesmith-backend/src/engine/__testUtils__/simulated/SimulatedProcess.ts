import type { Knex } from 'knex';
import { OperationStore } from '../../OperationStore';
import type { Lease } from '../../records';

const never = () => new Promise<never>(() => {});

/** Rolls a transaction back whose process died in it. */
class Killed extends Error {}

/**
 * A backend process that can die, inside this one: at a moment that is counted in its writes to the journal and its calls that
 * change something outside, before each of them and after it. Of a dead one nothing is heard any more: whatever it waits for
 * does not come, and what it asks for is not done.
 */
export class SimulatedProcess {
  isAlive = true;
  /** Resolves when it dies. */
  readonly death: Promise<void>;
  /** Where it died. */
  diedAt = '';
  readonly #lifetime: number;
  #moments = 0;
  #die = () => {};

  /** @param lifetime - it dies at this moment, the first one is 1 */
  constructor(lifetime: number) {
    this.#lifetime = lifetime;
    this.death = new Promise(resolve => {
      this.#die = resolve;
    });
  }

  /** Whether it is dead, or dies right now. */
  isOver(where: string): boolean {
    if (!this.isAlive) return true;
    this.#moments += 1;
    if (this.#moments < this.#lifetime) return false;
    this.kill(where);
    return true;
  }

  kill(where: string): void {
    this.isAlive = false;
    this.diedAt = where;
    this.#die();
  }

  /** Goes on only if it lives. */
  async moment(where: string): Promise<void> {
    if (this.isOver(where)) await never();
  }

  /** What a living process hears of something. */
  async hear<T>(work: Promise<T>): Promise<T> {
    try {
      const result = await work;
      return this.isAlive ? result : await never();
    } catch (error) {
      if (this.isAlive) throw error;
      return never();
    }
  }

  /**
   * Something outside as this process reaches it.
   *
   * @param changes - names of methods that change something: moments to die before and after them
   */
  reach<T extends object>(outside: T, changes: RegExp): T {
    return new Proxy(outside, {
      get: (target, name) => {
        const member = Reflect.get(target, name) as unknown;
        if (typeof member !== 'function') return member;
        return async (...args: unknown[]) => {
          const isChange = changes.test(String(name));
          if (isChange) await this.moment(`before ${String(name)}`);
          else if (!this.isAlive) await never();
          const result = await this.hear(
            Promise.resolve(member.apply(target, args)),
          );
          if (isChange) await this.moment(`after ${String(name)}`);
          return result;
        };
      },
    });
  }
}

/** The journal as a process that can die writes it. */
export class MortalStore extends OperationStore {
  readonly #process: SimulatedProcess;

  constructor(knex: Knex, process: SimulatedProcess) {
    super(knex);
    this.#process = process;
  }

  override async claim(options: { owner: string; leaseMs: number }) {
    const lease = await super.claim(options);
    if (lease) await this.#process.moment('after the claim');
    return lease;
  }

  override async fenced<T>(
    lease: Lease,
    write: (tx: Knex.Transaction) => Promise<T>,
  ): Promise<T> {
    await this.#process.moment('before a write');
    try {
      const result = await super.fenced(lease, async tx => {
        const written = await write(tx);
        if (this.#process.isOver('before a commit')) throw new Killed();
        return written;
      });
      await this.#process.moment('after a commit');
      return result;
    } catch (error) {
      if (!this.#process.isAlive) await never();
      throw error;
    }
  }
}
