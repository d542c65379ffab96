import type { Knex } from 'knex';
import type { OperationStore } from './OperationStore';
import type { Lease, NewEvent, StepProgress } from './records';

const PROGRESS_INTERVAL_MS = 500;

/** Writes of one running step, one after the other and all under its lease. Progress is thinned out to two a second. */
export class JournalWriter {
  readonly #store: OperationStore;
  readonly #lease: Lease;
  readonly #step: string;
  readonly #onWritten: () => void;
  #tail: Promise<unknown> = Promise.resolve();
  #problem: unknown;
  #pending?: StepProgress;
  #timer?: NodeJS.Timeout;
  #closed = false;

  constructor(options: {
    store: OperationStore;
    lease: Lease;
    step: string;
    onWritten: () => void;
  }) {
    this.#store = options.store;
    this.#lease = options.lease;
    this.#step = options.step;
    this.#onWritten = options.onWritten;
  }

  /** Runs a write after all earlier ones. Fails with the first error of those that nobody waited for. */
  async journal<T>(write: (tx: Knex.Transaction) => Promise<T>): Promise<T> {
    const result = this.#chain(async () => {
      if (this.#problem) throw this.#problem;
      return this.#store.fenced(this.#lease, write);
    });
    return result;
  }

  /** Runs a write after all earlier ones without waiting for it. */
  enqueue(write: (tx: Knex.Transaction) => Promise<void>): void {
    if (this.#closed) return;
    this.#chain(() => this.#store.fenced(this.#lease, write)).catch(error => {
      this.#problem ??= error;
    });
  }

  event(event: NewEvent): void {
    this.enqueue(async tx => {
      await this.#store.insertEvent(tx, this.#lease.operationId, event);
    });
    this.#onWritten();
  }

  progress(progress: StepProgress): void {
    this.#pending = progress;
    if (this.#timer || this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const latest = this.#pending;
      this.#pending = undefined;
      if (latest === undefined || this.#closed) return;
      this.#chain(() =>
        this.#store.saveProgress(this.#lease, this.#step, latest),
      ).then(this.#onWritten, error => {
        this.#problem ??= error;
      });
    }, PROGRESS_INTERVAL_MS);
    this.#timer.unref();
  }

  /** Waits for everything that was written; fails if any of it did. */
  async settle(): Promise<void> {
    await this.#tail.catch(() => {});
    if (this.#problem) throw this.#problem;
  }

  /** Nothing is written after this. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #chain<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(action, action);
    this.#tail = result.catch(() => {});
    return result;
  }
}
