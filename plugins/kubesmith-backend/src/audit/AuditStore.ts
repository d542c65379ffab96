import type { Knex } from 'knex';
import { readDatabaseTime } from '../database/databaseTime';
import { entryHash } from './entryHash';
import type {
  AuditEntry,
  AuditEvent,
  AuditFilter,
  AuditVerification,
} from './records';

type EntryRow = {
  seq: number | string;
  time: number | string;
  actor: string;
  via: string | null;
  source: string | null;
  action: string;
  outcome: AuditEntry['outcome'];
  code: string | null;
  environment: string | null;
  cluster_id: string | null;
  detail: string;
  hash: string;
};

type ChainRow = {
  seq: number | string;
  hash: string;
  begins_after: number | string;
  begins_hash: string;
};

const CHAIN = { id: 1 };
const MAX_DETAIL = 8 * 1024;
const VERIFY_BATCH = 1000;

/** The audit trail: entries are only ever added, each chained to the one before it by a hash. */
export class AuditStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** Adds one entry at the end. Entries of all replicas form one chain. */
  async append(event: AuditEvent): Promise<AuditEntry> {
    return this.#knex.transaction(async tx => {
      const chain = await lockChain(tx);
      const detail = shortened(JSON.stringify(event.detail));
      const row = {
        ...event,
        actor: event.actor.slice(0, 255),
        source: event.source?.slice(0, 100),
        seq: Number(chain.seq) + 1,
        time: await readDatabaseTime(tx),
        detail,
      };
      const hash = entryHash(chain.hash, row);
      await tx('audit_entries').insert({
        seq: row.seq,
        time: row.time,
        actor: row.actor,
        via: row.via ?? null,
        source: row.source ?? null,
        action: row.action,
        outcome: row.outcome,
        code: row.code ?? null,
        environment: row.environment ?? null,
        cluster_id: row.clusterId ?? null,
        detail,
        hash,
      });
      await tx('audit_chain').where(CHAIN).update({ seq: row.seq, hash });
      return { ...row, detail: JSON.parse(detail), hash };
    });
  }

  /**
   * Entries, newest first.
   *
   * @param options.before - only entries with a smaller number: the last one of the page before
   */
  async list(
    filter: AuditFilter,
    options: { before?: number; limit: number },
  ): Promise<AuditEntry[]> {
    const query = this.#filtered(filter)
      .orderBy('seq', 'desc')
      .limit(options.limit);
    if (options.before !== undefined) query.where('seq', '<', options.before);
    return ((await query) as EntryRow[]).map(toEntry);
  }

  /** How many entries a filter lets through. */
  async count(filter: AuditFilter): Promise<number> {
    const [row] = await this.#filtered(filter).count({ n: '*' });
    return Number((row as { n?: number | string }).n);
  }

  /** Computes the chain anew, up to the entry that is the newest now; entries may be added meanwhile. */
  async verify(): Promise<AuditVerification> {
    const chain = (await this.#knex<ChainRow>('audit_chain')
      .where(CHAIN)
      .first())!;
    const firstSeq = Number(chain.begins_after) + 1;
    const lastSeq = Number(chain.seq);
    let hash = chain.begins_hash;
    let seq = firstSeq;
    let brokenAt: number | undefined;
    while (brokenAt === undefined && seq <= lastSeq) {
      const rows = await this.#knex<EntryRow>('audit_entries')
        .whereBetween('seq', [seq, lastSeq])
        .orderBy('seq')
        .limit(VERIFY_BATCH);
      if (rows.length === 0) brokenAt = seq;
      for (const row of rows) {
        const expected = entryHash(hash, {
          ...toEntry(row),
          detail: row.detail,
        });
        if (Number(row.seq) !== seq || row.hash !== expected) {
          brokenAt = seq;
          break;
        }
        hash = row.hash;
        seq += 1;
      }
    }
    if (brokenAt === undefined && hash !== chain.hash) brokenAt = lastSeq;
    const [{ n }] = await this.#knex('audit_entries').count({ n: '*' });
    return {
      intact: brokenAt === undefined,
      entries: Number(n),
      firstSeq,
      lastSeq,
      lastHash: chain.hash,
      brokenAt,
    };
  }

  /**
   * Deletes the entries that are older than this; the chain then begins behind them.
   *
   * @returns how many
   */
  async prune(retentionMs: number): Promise<number> {
    return this.#knex.transaction(async tx => {
      await lockChain(tx);
      const last = await tx<EntryRow>('audit_entries')
        .where('time', '<', (await readDatabaseTime(tx)) - retentionMs)
        .orderBy('seq', 'desc')
        .first();
      if (!last) return 0;
      await tx('audit_chain')
        .where(CHAIN)
        .update({ begins_after: last.seq, begins_hash: last.hash });
      const deleted: number = await tx('audit_entries')
        .where('seq', '<=', last.seq)
        .delete();
      return deleted;
    });
  }

  #filtered(filter: AuditFilter) {
    const query = this.#knex<EntryRow>('audit_entries');
    const equal = {
      actor: filter.actor,
      action: filter.action,
      outcome: filter.outcome,
      environment: filter.environment,
      cluster_id: filter.clusterId,
    };
    for (const [column, value] of Object.entries(equal)) {
      if (value !== undefined) query.where(column, value);
    }
    if (filter.from !== undefined) query.where('time', '>=', filter.from);
    if (filter.until !== undefined) query.where('time', '<', filter.until);
    return query;
  }
}

/** Writes first, which takes the lock on both databases, then reads. */
async function lockChain(tx: Knex.Transaction): Promise<ChainRow> {
  await tx('audit_chain')
    .where(CHAIN)
    .update({ seq: tx.ref('seq') });
  return (await tx<ChainRow>('audit_chain').where(CHAIN).first())!;
}

/** What does not fit is left out as a whole, for half a JSON text is none. */
function shortened(detail: string): string {
  return detail.length <= MAX_DETAIL
    ? detail
    : JSON.stringify({ leftOut: `${detail.length} characters` });
}

function toEntry(row: EntryRow): AuditEntry {
  return {
    seq: Number(row.seq),
    time: Number(row.time),
    actor: row.actor,
    via: row.via ?? undefined,
    source: row.source ?? undefined,
    action: row.action,
    outcome: row.outcome,
    code: row.code ?? undefined,
    environment: row.environment ?? undefined,
    clusterId: row.cluster_id ?? undefined,
    detail: JSON.parse(row.detail),
    hash: row.hash,
  };
}
