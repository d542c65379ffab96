import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { LIVE } from '../engine/operationStates';
import { HOUR_MS } from '../time';

/** Whoever has just got a cluster is at work on it, and there is little to lose yet. */
const FRESH_MS = HOUR_MS;

/** How automatic backups are taken. */
export type AutomaticBackups = {
  /** Of each cluster; undefined: none are taken. */
  everyMs?: number;
  /** By all replicas together. */
  atOnce: number;
};

/** A cluster whose moment for a backup has come. */
export type DueBackup = { clusterId: string; requestKey: string };

/** When a cluster's last moment for a backup was, ms since the epoch: each cluster has its own, so that they are spread. */
export function lastMoment(
  clusterId: string,
  everyMs: number,
  now: number,
): number {
  const number = createHash('sha256').update(clusterId).digest().readUInt32BE();
  const offset = number % everyMs;
  return Math.floor((now - offset) / everyMs) * everyMs + offset;
}

/** The name of what is wished once, however often one looks. */
export const backupKey = (clusterId: string, moment: number) =>
  `backup/${clusterId}/${moment}`;

/**
 * The ready clusters that have had no backup, and no try of one, since their last moment and with which nothing else goes on; those
 * that wait longest for a backup first. One that sleeps does not change, so it needs none; one whose last operation is a restore that
 * failed waits for that to be retried.
 */
export async function dueBackups(
  knex: Knex,
  everyMs: number,
  now: number,
): Promise<DueBackup[]> {
  const rows: {
    id: string;
    ready_at: number | string | null;
    taken_at: number | string | null;
  }[] = await knex('clusters as c')
    .leftJoin('etcd_backups as b', join =>
      join.on('b.cluster_id', 'c.id').onNotNull('b.completed_at'),
    )
    .where('c.phase', 'ready')
    .whereNull('c.deleted_at')
    .whereNotExists(
      knex('operations as o')
        .whereRaw('o.cluster_id = c.id')
        .whereIn('o.status', LIVE)
        .select(knex.raw('1')),
    )
    // It may be half way back, and another operation would take away the way to go on.
    .whereNotExists(
      knex('operations as r')
        .whereRaw('r.cluster_id = c.id')
        .where({ 'r.kind': 'restore', 'r.status': 'failed' })
        .whereNotExists(
          knex('operations as later')
            .whereRaw('later.cluster_id = r.cluster_id')
            .whereRaw('later.created_at > r.created_at')
            .select(knex.raw('1')),
        )
        .select(knex.raw('1')),
    )
    .groupBy('c.id', 'c.ready_at')
    .select('c.id', 'c.ready_at')
    .max({ taken_at: 'b.taken_at' });
  const wanted = rows
    .map(row => ({
      clusterId: row.id,
      moment: lastMoment(row.id, everyMs, now),
      readyAt: Number(row.ready_at ?? now),
      takenAt: Number(row.taken_at ?? 0),
    }))
    .filter(
      ({ moment, readyAt, takenAt }) =>
        takenAt < moment && readyAt + FRESH_MS <= moment,
    )
    .sort((a, b) => a.takenAt - b.takenAt || a.moment - b.moment)
    .map(({ clusterId, moment }) => ({
      clusterId,
      requestKey: backupKey(clusterId, moment),
    }));
  const tried = new Set(
    await knex('operations')
      .whereIn(
        'request_key',
        wanted.map(({ requestKey }) => requestKey),
      )
      .pluck('request_key'),
  );
  return wanted.filter(({ requestKey }) => !tried.has(requestKey));
}
