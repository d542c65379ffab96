import type { AnswerRecord, FindingRecord, Sighting } from './records';

/** A row of `findings`. Postgres gives 8-byte integers as text. */
export type FindingRow = {
  id: string;
  kind: FindingRecord['kind'];
  open_key: string | null;
  subject: string;
  environment: string;
  seen_in: string | null;
  cluster_id: string | null;
  vmid: number | null;
  detail: string;
  next_step: string;
  sightings: number;
  first_seen_at: number | string;
  last_seen_at: number | string;
  counted_at: number | string;
  ended_at: number | string | null;
  told_at: number | string | null;
  repaired_at: number | string | null;
  repair: string | null;
};

/** By what a finding is found again. */
export function openKey({
  kind,
  subject,
}: Pick<Sighting, 'kind' | 'subject'>): string {
  return `${kind} ${subject}`;
}

export function toFindingRecord(row: FindingRow): FindingRecord {
  const time = (value: number | string | null) =>
    value === null ? undefined : Number(value);
  return {
    id: row.id,
    kind: row.kind,
    subject: row.subject,
    environment: row.environment,
    seenIn: row.seen_in ?? undefined,
    clusterId: row.cluster_id ?? undefined,
    vmid: row.vmid ?? undefined,
    detail: row.detail,
    nextStep: row.next_step,
    sightings: row.sightings,
    firstSeenAt: Number(row.first_seen_at),
    lastSeenAt: Number(row.last_seen_at),
    endedAt: time(row.ended_at),
    toldAt: time(row.told_at),
    repairedAt: time(row.repaired_at),
    repair: row.repair ?? undefined,
  };
}

export function toAnswerRecord(row: {
  environment: string;
  looked_at: number | string;
  answered: boolean | number;
  problem: string | null;
}): AnswerRecord {
  return {
    environment: row.environment,
    lookedAt: Number(row.looked_at),
    answered: Boolean(row.answered),
    problem: row.problem ?? undefined,
  };
}
