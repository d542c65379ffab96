import { setTimeout as sleep } from 'node:timers/promises';
import type { LoggerService } from '@backstage/backend-plugin-api';
import {
  type PolicyDocument,
  type PolicyPositions,
  type PolicyProblem,
  formatPolicyProblem,
} from '@kubesmith/plugin-kubesmith-common';

/** One file of policies that is in force. */
export type PolicyPart = {
  document: PolicyDocument;
  positions: PolicyPositions;
};

type Options = {
  /** What a part names that there is not. */
  check: (
    document: PolicyDocument,
    positions: PolicyPositions,
  ) => Promise<PolicyProblem[]>;
  logger: LoggerService;
  /** Milliseconds after the start: the catalog fills itself first. */
  firstAfterMs?: number;
  /** Milliseconds between two looks: people and environments come and go. */
  everyMs?: number;
};

/**
 * Looks whether the users, groups and environments that policy files name are there. Those that are not give nobody anything;
 * that is warned of and no mistake, because a file may be there before what it names.
 */
export class ReferenceWatch {
  readonly #options: Required<Options>;
  readonly #stopped = new AbortController();
  #parts: readonly PolicyPart[] = [];
  #warnings: PolicyProblem[] = [];
  #looking: Promise<void> = Promise.resolve();

  constructor(options: Options) {
    this.#options = { firstAfterMs: 120_000, everyMs: 600_000, ...options };
  }

  /** What was found last. */
  get warnings(): PolicyProblem[] {
    return this.#warnings;
  }

  /** Begins to look, for as long as the portal runs. */
  start(parts: readonly PolicyPart[]): void {
    this.#parts = parts;
    this.#keepLooking().catch(error =>
      this.#options.logger.error('Policy files are not checked', error),
    );
  }

  /** Looks at other parts from now on. */
  async changed(parts: readonly PolicyPart[]): Promise<void> {
    this.#parts = parts;
    await this.look();
  }

  /** Looks once; one look at a time. */
  async look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#look());
    return this.#looking;
  }

  stop(): void {
    this.#stopped.abort();
  }

  async #look(): Promise<void> {
    const { check, logger } = this.#options;
    const parts = this.#parts;
    let found: PolicyProblem[];
    try {
      found = (
        await Promise.all(
          parts.map(({ document, positions }) => check(document, positions)),
        )
      ).flat();
    } catch (error) {
      logger.warn(
        'Whom and what the policy files name could not be looked up',
        error as Error,
      );
      return;
    }
    const before = new Set(this.#warnings.map(formatPolicyProblem));
    this.#warnings = found;
    found
      .map(formatPolicyProblem)
      .filter(text => !before.has(text))
      .forEach(text => logger.warn(`Policies: ${text}`));
  }

  async #keepLooking(): Promise<void> {
    const { firstAfterMs, everyMs } = this.#options;
    const { signal } = this.#stopped;
    for (let pause = firstAfterMs; ; pause = everyMs) {
      try {
        await sleep(pause, undefined, { signal, ref: false });
      } catch {
        // Stopped.
        return;
      }
      await this.look();
    }
  }
}
