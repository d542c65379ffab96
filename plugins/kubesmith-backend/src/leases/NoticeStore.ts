import type { Knex } from 'knex';
import { DAY_MS } from '../time';
import type { NoticeKind } from './records';

const FIRST_PAUSE_MS = 10 * 60_000;
const LONGEST_PAUSE_MS = DAY_MS / 4;

/** One notice to one owner about one moment. */
export interface Notice {
  clusterId: string;
  kind: NoticeKind;
  /** The end, or the deletion, that it tells of: another date is another notice. */
  about: number;
}

/** Which notices were sent: whatever replica and however often one looks, each goes out once. */
export class NoticeStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** Notices of these clusters that need no further thought at `now`: sent, or tried just before. */
  async settled(clusterIds: string[], now: number): Promise<Set<string>> {
    const rows = await this.#knex('lease_notices')
      .whereIn('cluster_id', clusterIds)
      .where(done =>
        done.whereNotNull('sent_at').orWhere('next_attempt_at', '>', now),
      )
      .select<{ cluster_id: string; kind: NoticeKind; about: string }[]>(
        'cluster_id',
        'kind',
        'about',
      );
    return new Set(
      rows.map(row =>
        noticeKey({
          clusterId: row.cluster_id,
          kind: row.kind,
          about: Number(row.about),
        }),
      ),
    );
  }

  /**
   * Takes it upon the caller to send a notice. False when it was sent, or another process is about to: that one's claim ends
   * after some minutes, so that a notice is not lost with a process.
   */
  async claim(notice: Notice, now: number): Promise<boolean> {
    await this.#knex('lease_notices')
      .insert({ ...columns(notice), next_attempt_at: now })
      .onConflict(['cluster_id', 'kind', 'about'])
      .ignore();
    const row = await this.#knex('lease_notices')
      .where(columns(notice))
      .first('attempts');
    const attempts = Number(row.attempts);
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** attempts, LONGEST_PAUSE_MS);
    const claimed = await this.#knex('lease_notices')
      .where({ ...columns(notice), attempts })
      .whereNull('sent_at')
      .where('next_attempt_at', '<=', now)
      .update({ attempts: attempts + 1, next_attempt_at: now + pause });
    return claimed === 1;
  }

  /** Notes that a notice went out. */
  async sent(notice: Notice, now: number): Promise<void> {
    await this.#knex('lease_notices')
      .where(columns(notice))
      .update({ sent_at: now });
  }
}

/** Forgets what was sent about a cluster: its new owner was told nothing yet. What is due by now is due again. */
export async function forgetNotices(
  tx: Knex.Transaction,
  clusterId: string,
): Promise<void> {
  await tx('lease_notices').where({ cluster_id: clusterId }).delete();
}

/** A notice as one word, to compare. */
export function noticeKey({ clusterId, kind, about }: Notice): string {
  return `${clusterId} ${kind} ${about}`;
}

function columns({ clusterId, kind, about }: Notice) {
  return { cluster_id: clusterId, kind, about };
}
