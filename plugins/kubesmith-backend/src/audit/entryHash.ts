import { createHash } from 'node:crypto';
import type { AuditEntry } from './records';

/** SHA-256 over an entry and the hash before it. The order of the fields is part of the format: never change it. */
export function entryHash(
  previous: string,
  entry: Omit<AuditEntry, 'hash' | 'detail'> & {
    /** JSON, exactly as it is stored. */
    detail: string;
  },
): string {
  const fields = [
    previous,
    entry.seq,
    entry.time,
    entry.actor,
    entry.via ?? null,
    entry.source ?? null,
    entry.action,
    entry.outcome,
    entry.code ?? null,
    entry.environment ?? null,
    entry.clusterId ?? null,
    entry.detail,
  ];
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex');
}
