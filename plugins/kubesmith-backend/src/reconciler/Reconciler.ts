import type { LoggerService } from '@backstage/backend-plugin-api';
import type { AuditTrail } from '../audit/AuditTrail';
import { after, present } from '../engine/deadline';
import { toStepError } from '../engine/failures';
import { LeaseLostError } from '../engine/OperationStore';
import { bindLease, StopError } from '../engine/stop';
import type { RestoreStore } from '../restore/RestoreStore';
import type { FindingNotices } from './FindingNotices';
import {
  type FindingStore,
  LOOK_LEASE_MS,
  type LookLease,
} from './FindingStore';
import { look, type LookDeps } from './look';
import type { FindingRecord, Sighting } from './records';
import { repair, type RepairDeps, RepairRefused } from './repair';

const RENEW_MS = 10_000;
/** A look that takes longer than this is given up. */
const LIMIT_MS = 20 * 60_000;
/** So often a finding must have been seen before something is done about it, or somebody is told. */
const SIGHTINGS_TO_ACT = 2;

/** What the reconciler works with. */
export interface ReconcilerDeps extends LookDeps, RepairDeps {
  audit: Pick<AuditTrail, 'byPlatform'>;
  logger: LoggerService;
  notices: Pick<FindingNotices, 'tell'>;
  restores: Pick<RestoreStore, 'status'>;
  store: FindingStore;
}

/**
 * Looks where records and Proxmox do not agree, notes it, and puts right what is provably ours and was seen twice. Replicas may
 * call it at any time: one of them looks.
 */
export class Reconciler {
  readonly #deps: ReconcilerDeps;
  readonly #stopped = new AbortController();

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps;
  }

  /**
   * Looks once.
   *
   * @param options.restMs - not when somebody looked less than this ago
   * @returns whether it did; else somebody else looks, or looked
   */
  async look(options: { restMs?: number } = {}): Promise<boolean> {
    const { store } = this.#deps;
    this.#stopped.signal.throwIfAborted();
    const begun = present();
    const lease = await store.claim(options.restMs);
    if (!lease) return false;
    const lost = new AbortController();
    const signal = AbortSignal.any([
      this.#stopped.signal,
      lost.signal,
      AbortSignal.timeout(LIMIT_MS),
    ]);
    let certainUntil = after(begun, LOOK_LEASE_MS);
    bindLease(signal, () => certainUntil);
    const renew = async (...given: Parameters<FindingStore['renew']>) => {
      const asked = present();
      await store.renew(...given);
      certainUntil = after(asked, LOOK_LEASE_MS);
    };
    const timer = setInterval(() => {
      renew(lease).catch(error => {
        if (error instanceof LeaseLostError)
          lost.abort(new StopError('lease-lost'));
        // The database is away: the lease ends by itself, and with it the right to change something.
      });
    }, RENEW_MS);
    let complete = false;
    try {
      const { answers, sightings, unknowns } = await look(this.#deps, signal);
      const findings = await store.record(lease, {
        answers,
        sightings,
        unknowns,
      });
      await this.#tell(findings);
      await this.#repairAll(sightings, findings, {
        signal,
        beforeEffect: tx => renew(lease, tx),
      });
      complete = true;
    } finally {
      clearInterval(timer);
      await this.#release(lease, complete);
    }
    return true;
  }

  /** Ends a look that is going on, and begins no other. */
  stop(): void {
    this.#stopped.abort(new StopError('shutdown'));
  }

  async #release(lease: LookLease, complete: boolean): Promise<void> {
    try {
      await this.#deps.store.release(lease, complete);
    } catch (error) {
      this.#deps.logger.warn(
        'The end of a look for differences could not be noted',
        error as Error,
      );
    }
  }

  /** Whatever nobody was told of yet: the look before may not have come to it, and notifications may have been away. */
  async #tell(findings: FindingRecord[]): Promise<void> {
    const { notices, store } = this.#deps;
    const untold = findings.filter(
      ({ sightings, toldAt }) =>
        sightings >= SIGHTINGS_TO_ACT && toldAt === undefined,
    );
    // The same thing may be seen in two ways.
    const unique = new Map(untold.map(finding => [finding.id, finding]));
    const told = await notices.tell([...unique.values()]);
    if (told.length > 0) await store.noteTold(told.map(({ id }) => id));
  }

  async #repairAll(
    sightings: Sighting[],
    findings: FindingRecord[],
    guard: Parameters<typeof repair>[2],
  ): Promise<void> {
    // A restored backup knows less than there is: nothing is removed or given out on its word.
    if ((await this.#deps.restores.status()).restore) return;
    for (const [index, finding] of findings.entries()) {
      const wanted = sightings[index].repair;
      if (!wanted || finding.sightings < SIGHTINGS_TO_ACT) continue;
      guard.signal.throwIfAborted();
      await this.#repair(finding, wanted, guard);
    }
  }

  async #repair(
    finding: FindingRecord,
    wanted: NonNullable<Sighting['repair']>,
    guard: Parameters<typeof repair>[2],
  ): Promise<void> {
    const { audit, logger, store } = this.#deps;
    let text: string | undefined;
    try {
      text = await repair(this.#deps, wanted, guard);
    } catch (error) {
      if (guard.signal.aborted || error instanceof LeaseLostError) throw error;
      const reason =
        error instanceof RepairRefused ? error.message : describe(error);
      if (!(error instanceof RepairRefused))
        logger.warn(`A finding could not be repaired: ${reason}`, {
          kind: finding.kind,
          subject: finding.subject,
        });
      await store.noteRepair(finding.id, {
        done: false,
        text: `Not repaired yet: ${reason}`,
      });
      return;
    }
    if (text === undefined) return;
    await store.noteRepair(finding.id, { done: true, text });
    // An address that is seen again and again is withheld again and again: one entry is enough.
    if (finding.repairedAt !== undefined) return;
    logger.info(`Repaired: ${text}`, { kind: finding.kind });
    await audit.byPlatform({
      noun: 'finding',
      verb: 'repair',
      severityLevel: 'high',
      meta: {
        environment: finding.environment,
        findingId: finding.id,
        kind: finding.kind,
        subject: finding.subject,
        done: text,
        ...(finding.clusterId && { clusterId: finding.clusterId }),
      },
    });
  }
}

function describe(error: unknown): string {
  const { code, message, nextStep } = toStepError(error).failure;
  return `${code}: ${message} ${nextStep}`;
}
