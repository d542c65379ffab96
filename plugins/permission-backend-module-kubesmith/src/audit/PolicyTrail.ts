import type { AuditorService } from '@backstage/backend-plugin-api';
import type { Request } from 'express';
import type { AuditReport, AuditReports } from './AuditReports';

/** Whoever asks again and again for what is refused is one entry a minute: nobody shall push others out of the trail. */
const REPEATED_WITHIN_MS = 60_000;
const MAX_REMEMBERED = 1000;

/** A change of the policies that somebody asks for. */
export type PolicyChange = {
  actionType: 'save' | 'roll-back';
  /** As far as it is known: who asks may be refused before it was read. */
  reason?: string;
  toVersion?: number;
};

/** Writes what is done to the policies into Backstage's audit log and into Kubesmith's audit trail. */
export class PolicyTrail {
  readonly #auditor: AuditorService;
  readonly #reports: Pick<AuditReports, 'report'>;
  readonly #lastRefusals = new Map<string, number>();

  constructor(options: {
    auditor: AuditorService;
    reports: Pick<AuditReports, 'report'>;
  }) {
    this.#auditor = options.auditor;
    this.#reports = options.reports;
  }

  /** Does something and writes down how it ended. */
  async audited(
    request: Request,
    actor: string,
    meta: PolicyChange,
    action: () => Promise<number>,
  ): Promise<{ version: number }> {
    const entry = await this.#auditor.createEvent({
      eventId: 'policy-mutate',
      severityLevel: 'high',
      request,
      meta,
    });
    const { actionType, ...detail } = meta;
    const report = (
      outcome: AuditReport['outcome'],
      more: { version?: number; message?: string },
      code?: string,
    ) =>
      this.#reports.report({
        actor,
        source: request.ip,
        action: `policy.${actionType}`,
        outcome,
        code,
        detail: { ...detail, ...more },
      });
    let version: number;
    try {
      version = await action();
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      await entry.fail({ error: cause });
      const isDenied = cause.name === 'NotAllowedError';
      if (!isDenied || !this.#isRepeated(`${actor} ${actionType}`)) {
        await report(
          isDenied ? 'denied' : 'failed',
          { message: cause.message.slice(0, 500) },
          codeOf(cause),
        );
      }
      throw error;
    }
    await entry.success({ meta: { version } });
    await report('done', { version });
    return { version };
  }

  /** Writes down that somebody was refused a look at the policies. */
  async refusedLook(request: Request, actor: string): Promise<void> {
    if (this.#isRepeated(`${actor} look`)) return;
    await this.#reports.report({
      actor,
      source: request.ip,
      action: 'policy.look',
      outcome: 'denied',
      detail: { request: `${request.method} ${request.path}`.slice(0, 200) },
    });
  }

  #isRepeated(what: string): boolean {
    const now = performance.now();
    const before = this.#lastRefusals.get(what);
    if (before !== undefined && now - before < REPEATED_WITHIN_MS) return true;
    this.#lastRefusals.delete(what);
    this.#lastRefusals.set(what, now);
    if (this.#lastRefusals.size > MAX_REMEMBERED) {
      const [oldest] = this.#lastRefusals.keys();
      this.#lastRefusals.delete(oldest);
    }
    return false;
  }
}

function codeOf(error: Error): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^KUBESMITH-[A-Z0-9-]+$/.test(code)
    ? code
    : undefined;
}
