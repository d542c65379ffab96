import type {
  AuditorService,
  AuditorServiceEventSeverityLevel,
  LoggerService,
} from '@backstage/backend-plugin-api';
import type { JsonObject } from '@backstage/types';
import type { Request } from 'express';
import { PLATFORM } from '../leases/records';
import type { Requester } from '../api/Requester';
import { type DecisionMade, withDecision } from '../permissions/decisionsMade';
import type { PersonDecisions } from '../permissions/PersonDecisions';
import { denialOf } from '../permissions/denials';
import type { AuditStore } from './AuditStore';
import { RefusalBudget } from './RefusalBudget';
import { describeExplanation } from './describeExplanation';
import type { AuditEvent } from './records';

/** Something that is worth an entry, whether it is allowed and works or not. */
export interface AuditedAction {
  /** A noun, such as `cluster`. */
  noun: string;
  /** A verb, such as `order`. */
  verb: string;
  severityLevel: AuditorServiceEventSeverityLevel;
  /** What it is about, as far as it is known beforehand; nothing secret. */
  meta: JsonObject;
}

/** A page that asks every two seconds for what it may not see is one refusal a minute. */
const REPEATED_WITHIN_MS = 60_000;
const MAX_REMEMBERED = 1000;

/** Writes what is done and what is refused into Backstage's audit log and into the audit trail. */
export class AuditTrail {
  readonly #deps: {
    auditor: AuditorService;
    /** Says which rule decided; without it, entries do not. */
    explain?: PersonDecisions['explain'];
    logger: LoggerService;
    requester: Pick<Requester, 'actorOf'>;
    store: Pick<AuditStore, 'append'>;
  };
  readonly #recorded = new WeakSet<object>();
  readonly #lastDenials = new Map<string, number>();
  readonly #refusals = new RefusalBudget(async ({ count, ...refusal }) =>
    this.#keep({ ...refusal, detail: { leftOut: count } }),
  );

  constructor(deps: {
    auditor: AuditorService;
    /** Says which rule decided; without it, entries do not. */
    explain?: PersonDecisions['explain'];
    logger: LoggerService;
    requester: Pick<Requester, 'actorOf'>;
    store: Pick<AuditStore, 'append'>;
  }) {
    this.#deps = deps;
  }

  /** Does something and writes down how it ended. */
  async audited<T>(
    request: Request,
    { noun, verb, severityLevel, meta }: AuditedAction,
    action: () => Promise<{ result: T; meta?: JsonObject }>,
  ): Promise<T> {
    const entry = await this.#deps.auditor.createEvent({
      eventId: `${noun}-mutate`,
      severityLevel,
      meta: { actionType: verb, ...meta, ...(await this.#tokenOf(request)) },
      request,
    });
    const name = `${noun}.${verb}`;
    const decision: { last?: DecisionMade } = {};
    let done: { result: T; meta?: JsonObject };
    try {
      done = await withDecision(decision, action);
    } catch (error) {
      if (typeof error === 'object' && error) this.#recorded.add(error);
      await this.#note(async () => {
        await entry.fail({
          error: error instanceof Error ? error : new Error(String(error)),
        });
        await this.#append(request, name, meta, error, decision.last);
      });
      throw error;
    }
    await this.#note(async () => {
      await entry.success({ meta: done.meta });
      await this.#append(
        request,
        name,
        { ...meta, ...done.meta },
        undefined,
        decision.last,
      );
    });
    return done.result;
  }

  /** Writes down what the platform did by itself, which nobody asked for at that moment. */
  async byPlatform({
    noun,
    verb,
    severityLevel,
    meta,
  }: AuditedAction): Promise<void> {
    const { clusterId, environment, ...detail } = meta;
    await this.#note(async () => {
      const entry = await this.#deps.auditor.createEvent({
        eventId: `${noun}-mutate`,
        severityLevel,
        meta: { actionType: verb, ...meta },
      });
      await entry.success();
      await this.#deps.store.append({
        actor: PLATFORM,
        action: `${noun}.${verb}`,
        outcome: 'done',
        clusterId: textOf(clusterId),
        environment: textOf(environment),
        detail,
      });
    });
  }

  /** What was done stays done: that it could not be written down must not be told as if it had failed. */
  async #note(write: () => Promise<void>): Promise<void> {
    await write().catch(problem =>
      this.#deps.logger.error('The audit log misses an entry', problem),
    );
  }

  /**
   * Writes down that somebody was refused a look at something. Does nothing when the error is about something else, or is
   * on record already.
   */
  async refused(request: Request, error: unknown): Promise<void> {
    const denial = denialOf(error);
    if (!denial || this.#recorded.has(error as object)) return;
    const { actor } = await this.#deps.requester.actorOf(request);
    const noun = nounOf(request.path);
    const name = `${noun}.${denial.verb ?? 'access'}`;
    if (this.#isRepeated(`${actor}|${name}|${denial.clusterId}`)) return;
    const meta = { request: `${request.method} ${request.path}`.slice(0, 200) };
    const entry = await this.#deps.auditor.createEvent({
      eventId: `${noun}-fetch`,
      severityLevel: 'low',
      meta: {
        queryType: denial.verb ?? 'access',
        ...meta,
        ...(await this.#tokenOf(request)),
      },
      request,
    });
    await entry.fail({ error: error as Error });
    await this.#append(request, name, meta, error);
  }

  /** Writes down what is still counted, when the portal stops. */
  async close(): Promise<void> {
    await this.#refusals.close();
  }

  async #append(
    request: Request,
    action: string,
    meta: JsonObject,
    error?: unknown,
    decision?: DecisionMade,
  ): Promise<void> {
    const { clusterId, environment, ...detail } = meta;
    const denial = denialOf(error);
    const who = await this.#deps.requester.actorOf(request);
    const { outcome, code } = outcomeOf(error, denial !== undefined);
    const place = {
      clusterId: denial?.clusterId ?? textOf(clusterId),
      environment: denial?.environment ?? textOf(environment),
    };
    const refusal = { actor: who.actor, action, outcome };
    const about = `${code}|${place.clusterId}|${place.environment}`;
    if (outcome !== 'done' && !this.#refusals.admits(refusal, about)) return;
    await this.#keep({
      ...who,
      source: request.ip,
      action,
      outcome,
      code,
      ...place,
      detail: { ...detail, ...(await this.#rule(who.actor, decision)) },
    });
  }

  /** The log keeps what the table could not take. */
  async #keep(event: AuditEvent): Promise<void> {
    await this.#deps.store.append(event).catch(problem => {
      this.#deps.logger.error(
        `The audit trail misses an entry: ${JSON.stringify(event)}`,
        problem,
      );
    });
  }

  /** The rule behind what was done or denied, as far as it can be told. */
  async #rule(actor: string, decision?: DecisionMade): Promise<JsonObject> {
    if (!decision || !actor.startsWith('user:')) return {};
    const explained = await this.#deps.explain?.(actor, decision);
    return explained ? { decidedBy: describeExplanation(explained) } : {};
  }

  /** Backstage's log does not know who comes with an access token. */
  async #tokenOf(request: Request): Promise<JsonObject> {
    const { actor, via } = await this.#deps.requester.actorOf(request);
    return via?.startsWith('token:') ? { actor, via } : {};
  }

  #isRepeated(key: string): boolean {
    const now = performance.now();
    const before = this.#lastDenials.get(key);
    if (before !== undefined && now - before < REPEATED_WITHIN_MS) return true;
    this.#lastDenials.delete(key);
    this.#lastDenials.set(key, now);
    if (this.#lastDenials.size > MAX_REMEMBERED) {
      const [oldest] = this.#lastDenials.keys();
      this.#lastDenials.delete(oldest);
    }
    return false;
  }
}

const nouns: Record<string, string> = {
  clusters: 'cluster',
  environments: 'environment',
  'environment-records': 'environment',
  grants: 'grant',
  operations: 'operation',
  orders: 'cluster',
  'order-requests': 'order-request',
  quotas: 'quota',
  shares: 'share',
  tokens: 'token',
};

/** What a path is about, by its first word: nothing of `/v1/order-requests/ID` is a cluster. */
function nounOf(path: string): string {
  const [, word = ''] = /^\/v\d+\/([a-z-]+)/.exec(path) ?? [];
  return nouns[word] ?? (word || 'portal');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function outcomeOf(
  error: unknown,
  denied: boolean,
): Pick<AuditEvent, 'outcome' | 'code'> {
  if (error === undefined) return { outcome: 'done' };
  const code = textOf((error as { code?: unknown } | null)?.code);
  return {
    outcome: denied ? 'denied' : 'failed',
    // Codes of libraries say nothing to people.
    code: code?.startsWith('KUBESMITH-') ? code : undefined,
  };
}
