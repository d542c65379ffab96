import type { Knex } from 'knex';
import { isPostgres, readDatabaseTime } from '../database/databaseTime';
import { ENGINE_TIMING, type EngineTiming } from '../engine/Engine';

/**
 * How long the tools of a backend that went away may go on, where another replica may take over. A tool that nobody attends is
 * interrupted `unattendedMs` after the lease of its operation, killed `graceMs` later, and is surely gone after `marginMs` more.
 */
export const TOOLS_WITHOUT_BACKEND = {
  unattendedMs: 45_000,
  graceMs: 30_000,
  marginMs: 15_000,
};

/**
 * How long after the loss of its lease, of which a release may be the reason, the tools of a process may still run. Milliseconds.
 */
export function endOfTools(
  timing: Partial<Pick<EngineTiming, 'leaseMs'>> = {},
  tools: typeof TOOLS_WITHOUT_BACKEND = TOOLS_WITHOUT_BACKEND,
): number {
  const { leaseMs } = { ...ENGINE_TIMING, ...timing };
  return leaseMs + tools.unattendedMs + tools.graceMs + tools.marginMs;
}

interface WorkspaceRow {
  cluster_id: string;
  place: string;
  busy_since: number | string | null;
  wanted_since: number | string | null;
}

/** What became of the wish to work on a cluster's machines. */
export type Taken =
  | { taken: true }
  /** Tools of another place may still run, for so many milliseconds at most. */
  | { taken: false; waitMs: number };

/**
 * At which place (a data directory on a machine) the tools of each cluster run. The records know no tool of another machine,
 * so who takes over waits until those that may still run there have come to their end: the lease of their operation is over,
 * nobody attends them, and their supervisors end what nobody attends. All writes are inside fenced transactions.
 */
export class WorkspaceStore {
  readonly #knex: Knex;
  readonly #place: () => Promise<string>;
  readonly #endMs: number;

  /**
   * @param options - `endMs`: how long after the loss of a lease tools may still run; not asked for on SQLite, whose machine
   * is the only one
   */
  constructor(
    knex: Knex,
    options: { place: () => Promise<string>; endMs: number },
  ) {
    this.#knex = knex;
    this.#place = options.place;
    this.#endMs = isPostgres(knex) ? options.endMs : 0;
  }

  /** Whether the cluster's tools ran at another place last. */
  async isElsewhere(clusterId: string): Promise<boolean> {
    const row = await this.#row(clusterId, this.#knex);
    return row !== undefined && row.place !== (await this.#place());
  }

  /**
   * Notes that tools may run here from now on, unless others may still run elsewhere.
   *
   * @param tx - a transaction of who holds the lease of the cluster's operation
   */
  async take(clusterId: string, tx: Knex.Transaction): Promise<Taken> {
    const place = await this.#place();
    const now = await readDatabaseTime(tx);
    const row = await this.#row(clusterId, tx);
    const elsewhere = row && row.place !== place && row.busy_since !== null;
    if (elsewhere && this.#endMs > 0) {
      const since = Number(row.wanted_since ?? now);
      const waitMs = since + this.#endMs - now;
      if (waitMs > 0) {
        await tx<WorkspaceRow>('workspaces')
          .where({ cluster_id: clusterId })
          .update({ wanted_since: since });
        return { taken: false, waitMs };
      }
    }
    await tx<WorkspaceRow>('workspaces')
      .insert({
        cluster_id: clusterId,
        place,
        busy_since: now,
        wanted_since: null,
      })
      .onConflict('cluster_id')
      .merge();
    return { taken: true };
  }

  /** Notes that no tool of ours runs any more. */
  async leave(clusterId: string, tx: Knex.Transaction): Promise<void> {
    await tx<WorkspaceRow>('workspaces')
      .where({ cluster_id: clusterId, place: await this.#place() })
      .update({ busy_since: null });
  }

  /** Forgets a cluster that is deleted. */
  async forget(clusterId: string, tx: Knex.Transaction): Promise<void> {
    await tx<WorkspaceRow>('workspaces')
      .where({ cluster_id: clusterId })
      .delete();
  }

  async #row(clusterId: string, knex: Knex): Promise<WorkspaceRow | undefined> {
    return knex<WorkspaceRow>('workspaces')
      .where({ cluster_id: clusterId })
      .first();
  }
}
