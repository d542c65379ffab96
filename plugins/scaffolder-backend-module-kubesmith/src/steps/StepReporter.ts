import type { LoggerService } from '@backstage/backend-plugin-api';
import type {
  OperationEvent,
  OperationStep,
} from '@kubesmith/plugin-kubesmith-common';

/** Writes what happens in a step into the task's log, each piece of news once. */
export class StepReporter {
  readonly #logger: LoggerService;
  readonly #step: string;
  readonly #told = new Set<string>();
  #lastEvent = 0;

  constructor(options: { logger: LoggerService; step: string }) {
    this.#logger = options.logger;
    this.#step = options.step;
  }

  /** Id of the newest event that was seen. */
  get lastEvent(): number {
    return this.#lastEvent;
  }

  report(news: { events: OperationEvent[]; step: OperationStep }): void {
    for (const event of news.events) {
      this.#lastEvent = Math.max(this.#lastEvent, event.id);
      // The events are those of the whole operation; other steps have actions of their own.
      if (event.step === this.#step) {
        this.#logger[event.level](withNode(event.message, event.node));
        this.#told.add(withoutDuration(event.message));
      }
    }
    const { progress, status } = news.step;
    // Progress says what runs now, an event what ended; of the two, whichever comes first is enough.
    if (
      progress &&
      status === 'running' &&
      !this.#told.has(withoutDuration(progress.message))
    ) {
      this.#told.add(withoutDuration(progress.message));
      const percent =
        progress.percent === undefined
          ? ''
          : ` (${Math.round(progress.percent)} %)`;
      this.#logger.info(
        `${withNode(progress.message, progress.node)}${percent}`,
      );
    }
  }
}

function withNode(message: string, node?: string): string {
  return node && !message.includes(node) ? `${node}: ${message}` : message;
}

/** Without the `(0.6 s)` at the end of what took some time. */
function withoutDuration(message: string): string {
  return message.replace(/ \(\d+(\.\d+)? s\)$/, '');
}
