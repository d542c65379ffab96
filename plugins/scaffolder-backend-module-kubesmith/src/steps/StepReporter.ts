import type { LoggerService } from '@backstage/backend-plugin-api';
import type {
  OperationEvent,
  OperationStep,
} from '@kubesmith/plugin-kubesmith-common';

/** Writes what happens in a step into the task's log, each piece of news once. */
export class StepReporter {
  readonly #logger: LoggerService;
  readonly #step: string;
  #lastEvent = 0;
  #lastLine = '';

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
        this.#write(event.level, withNode(event.message, event.node));
      }
    }
    const { progress, status } = news.step;
    if (progress && status === 'running') {
      const percent =
        progress.percent === undefined
          ? ''
          : ` (${Math.round(progress.percent)} %)`;
      this.#write('info', withNode(progress.message, progress.node), percent);
    }
  }

  #write(level: OperationEvent['level'], line: string, suffix = ''): void {
    // Progress often repeats the newest event.
    if (line !== this.#lastLine) {
      this.#lastLine = line;
      this.#logger[level](`${line}${suffix}`);
    }
  }
}

function withNode(message: string, node?: string): string {
  return node && !message.includes(node) ? `${node}: ${message}` : message;
}
