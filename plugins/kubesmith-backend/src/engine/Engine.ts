import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoggerService } from '@backstage/backend-plugin-api';
import type { OperationKind } from '@kubesmith/plugin-kubesmith-common';
import { isOver } from './deadline';
import type { OperationDefinitions } from './definitions';
import {
  OperationRunner,
  type OperationRunnerOptions,
} from './OperationRunner';
import { LeaseLostError, type OperationStore } from './OperationStore';
import type { Lease } from './records';
import {
  bindLease,
  StopError,
  type StopReason,
  type ToolsWithoutBackend,
} from './stop';

/** Performs operations in the background. */
export interface Engine {
  /** Begins to claim operations. */
  start(): void;
  /**
   * Ends the work of this process: nothing new is claimed, leases are given back, tools go on and are found again. Waits for
   * the steps to let go, for a bounded time.
   */
  stop(): Promise<void>;
  /** Looks for work at once, after a request was recorded. */
  wake(): void;
  /** Whether its loop made a turn in the last minute. */
  healthy(): boolean;
}

/** Times and numbers that tests shorten. */
export interface EngineTiming {
  /** Operations at a time in this process. */
  concurrency: number;
  leaseMs: number;
  renewMs: number;
  pollMs: number;
  /** How long {@link Engine.stop} waits for the steps. */
  stopMs: number;
}

/** What the engine works with. */
export interface EngineOptions<Services>
  extends OperationRunnerOptions<Services> {
  /** Names this process; a new one at each start. */
  owner?: string;
  timing?: Partial<EngineTiming>;
  /** If another machine may take over: how long tools may outlive the lease. For ever, if absent. */
  toolsWithoutBackend?: ToolsWithoutBackend;
  /** Whether operations may be claimed now; asked before each look for work. Always, if absent. */
  mayClaim?: () => Promise<boolean>;
}

/** The times in production. */
export const ENGINE_TIMING: EngineTiming = {
  // Most of an operation is waiting for Proxmox and for nodes; clones have a limit of their own.
  concurrency: 8,
  leaseMs: 30_000,
  renewMs: 10_000,
  pollMs: 1000,
  stopMs: 20_000,
};
const HEALTHY_MS = 60_000;

interface Running {
  kind?: OperationKind;
  controller: AbortController;
  done: Promise<void>;
}

/**
 * Claims operations that are due and runs a few of them at a time, each under a lease that is renewed while the work goes
 * on. All replicas do this on the same tables; there is no other queue.
 */
class EngineLoop<Services> implements Engine {
  readonly #operations: OperationStore;
  readonly #definitions: OperationDefinitions<Services>;
  readonly #runner: OperationRunner<Services>;
  readonly #logger: LoggerService;
  readonly #timing: EngineTiming;
  readonly #owner: string;
  readonly #running = new Map<string, Running>();
  readonly #mayClaim: () => Promise<boolean>;
  readonly #toolsWithoutBackend?: ToolsWithoutBackend;
  #loop?: Promise<void>;
  #stopping = false;
  #wake = new AbortController();
  #lastTurn = performance.now();

  constructor(options: EngineOptions<Services>) {
    this.#operations = options.operations;
    this.#definitions = options.definitions;
    this.#runner = new OperationRunner(options);
    this.#logger = options.logger;
    this.#timing = { ...ENGINE_TIMING, ...options.timing };
    this.#mayClaim = options.mayClaim ?? (async () => true);
    this.#toolsWithoutBackend = options.toolsWithoutBackend;
    this.#owner =
      options.owner ??
      `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`.slice(-100);
  }

  start(): void {
    this.#loop ??= this.#turn();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.wake();
    for (const { controller } of this.#running.values())
      controller.abort(new StopError('shutdown'));
    const all = Promise.all([
      this.#loop,
      ...[...this.#running.values()].map(({ done }) => done),
    ]);
    const limit = new AbortController();
    await Promise.race([
      all,
      delay(this.#timing.stopMs, undefined, {
        signal: limit.signal,
        ref: false,
      }),
    ]);
    limit.abort();
  }

  wake(): void {
    this.#wake.abort();
  }

  healthy(): boolean {
    return (
      this.#loop !== undefined &&
      !this.#stopping &&
      performance.now() - this.#lastTurn < HEALTHY_MS
    );
  }

  async #turn(): Promise<void> {
    while (!this.#stopping) {
      const wake = new AbortController();
      this.#wake = wake;
      try {
        await this.#cancelWhatIsAsked();
        const mayClaim = await this.#mayClaim();
        while (
          mayClaim &&
          !this.#stopping &&
          this.#running.size < this.#timing.concurrency
        ) {
          const lease = await this.#operations.claim({
            owner: this.#owner,
            leaseMs: this.#timing.leaseMs,
          });
          if (!lease) break;
          if (this.#stopping) await this.#operations.release(lease);
          else this.#launch(lease);
        }
        this.#lastTurn = performance.now();
      } catch (error) {
        this.#logger.error(
          'The engine could not look for work',
          error as Error,
        );
      }
      await delay(this.#timing.pollMs, undefined, {
        signal: wake.signal,
        ref: false,
      }).catch(() => {});
    }
  }

  async #cancelWhatIsAsked(): Promise<void> {
    const cancelled = await this.#operations.cancelRequested([
      ...this.#running.keys(),
    ]);
    for (const id of cancelled) {
      const running = this.#running.get(id);
      if (running?.kind && this.#definitions[running.kind]?.cancellable) {
        running.controller.abort(new StopError('cancelled'));
      }
    }
  }

  #launch(lease: Lease): void {
    const controller = new AbortController();
    const entry: Running = { controller, done: Promise.resolve() };
    this.#running.set(lease.operationId, entry);
    entry.done = this.#work(lease, entry).finally(() => {
      // A lease that was lost and claimed again by ourselves has an entry of its own.
      if (this.#running.get(lease.operationId) === entry)
        this.#running.delete(lease.operationId);
      this.wake();
    });
  }

  async #work(lease: Lease, entry: Running): Promise<void> {
    const { controller } = entry;
    bindLease(
      controller.signal,
      () => lease.certainUntil,
      this.#toolsWithoutBackend,
    );
    const stopRenewing = this.#keepRenewing(lease, reason =>
      controller.abort(new StopError(reason)),
    );
    try {
      entry.kind = (await this.#operations.get(lease.operationId))?.kind;
      await this.#runner.run(lease, controller.signal);
    } catch (error) {
      if (error instanceof LeaseLostError) {
        this.#logger.warn(`Stopped working on an operation: ${error.message}`);
      } else {
        // The records could not be written. The lease runs out by itself; then the step is probed and resumed.
        this.#logger.error(
          `Operation '${lease.operationId}' could not be carried on`,
          error as Error,
        );
      }
    } finally {
      stopRenewing();
    }
  }

  #keepRenewing(lease: Lease, abort: (reason: StopReason) => void): () => void {
    const { leaseMs, renewMs } = this.#timing;
    const timer = setInterval(() => {
      // It may be somebody else's by now; also when the database does not answer at all.
      if (isOver(lease.certainUntil)) {
        abort('lease-lost');
        return;
      }
      this.#operations.renew(lease, leaseMs).catch(error => {
        if (error instanceof LeaseLostError) abort('lease-lost');
        else this.#logger.warn('A lease could not be renewed', error as Error);
      });
    }, renewMs);
    timer.unref();
    return () => clearInterval(timer);
  }
}

/** Makes an engine; see {@link Engine}. */
export function createEngineLoop<Services>(
  options: EngineOptions<Services>,
): Engine {
  return new EngineLoop(options);
}
