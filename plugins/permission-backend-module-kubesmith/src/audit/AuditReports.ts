import type { AuthService, LoggerService } from '@backstage/backend-plugin-api';
import {
  type ApiInput,
  isKubesmithApiError,
} from '@kubesmith/plugin-kubesmith-common';
import type { KubesmithService } from '@kubesmith/plugin-kubesmith-node';

/** One line of Kubesmith's audit trail. */
export type AuditReport = ApiInput<'recordAuditEvent'>;

/** How long whoever changes policies waits for the entry. */
const FIRST_TRY_MS = 3000;
const TRY_AGAIN_MS = 5000;
/** A portal in which more than this waits has other worries; the log has them all. */
const MAX_WAITING = 1000;

/**
 * Hands what was done to the policies to Kubesmith's audit trail, which is in another plugin's database. What it cannot take
 * now waits here in its order; what it never took is in the log.
 */
export class AuditReports {
  readonly #deps: {
    auth: AuthService;
    kubesmith: Pick<KubesmithService, 'recordAuditEvent'>;
    logger: LoggerService;
    tryAgainMs?: number;
  };
  readonly #waiting: AuditReport[] = [];
  #timer?: ReturnType<typeof setTimeout>;
  #sending: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(deps: {
    auth: AuthService;
    kubesmith: Pick<KubesmithService, 'recordAuditEvent'>;
    logger: LoggerService;
    tryAgainMs?: number;
  }) {
    this.#deps = deps;
  }

  /** Never throws: what was done stays done. */
  async report(report: AuditReport): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#lost(report, 'too many others wait');
      return;
    }
    this.#waiting.push(report);
    await this.#send();
  }

  /** Tries once more, and writes what is left into the log. */
  async stop(): Promise<void> {
    await this.#send();
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#waiting
      .splice(0)
      .forEach(report => this.#lost(report, 'the portal stops'));
  }

  /** One at a time, so that the order stays. */
  #send(): Promise<void> {
    this.#sending = this.#sending.then(() => this.#sendWaiting());
    return this.#sending;
  }

  async #sendWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const [report] = this.#waiting;
      try {
        await this.#deps.kubesmith.recordAuditEvent(report, {
          credentials: await this.#deps.auth.getOwnServiceCredentials(),
          signal: AbortSignal.timeout(FIRST_TRY_MS),
        });
      } catch (error) {
        if (!isForGood(error)) {
          this.#tryLater(error as Error);
          return;
        }
        this.#lost(report, String(error));
      }
      this.#waiting.shift();
    }
  }

  #tryLater(error: Error): void {
    if (this.#isStopped) return;
    this.#deps.logger.warn(
      `${this.#waiting.length} entries wait for Kubesmith’s audit trail`,
      error,
    );
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => this.#send(),
      this.#deps.tryAgainMs ?? TRY_AGAIN_MS,
    );
    this.#timer.unref();
  }

  #lost(report: AuditReport, why: string): void {
    this.#deps.logger.error(
      `Kubesmith’s audit trail misses an entry (${why}): ${JSON.stringify(
        report,
      )}`,
    );
  }
}

/** Whether the same request would be refused the next time too. */
function isForGood(error: unknown): boolean {
  return (
    isKubesmithApiError(error) && [400, 403, 404, 413].includes(error.status)
  );
}
