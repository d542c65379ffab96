import type { Knex } from 'knex';
import { readDatabaseTime } from '../database/databaseTime';
import type { ClusterRecord } from '../database/records';

/** What an environment says about the time of its clusters, in milliseconds. */
export interface LeaseRules {
  /** How far from now the end of a cluster may be put. */
  maxLeaseMs: number;
  /** How long a cluster whose time is over is kept before it is deleted. */
  graceMs: number;
}

/** Finds the rules of an environment by its name, also within a transaction; undefined when there is none (any more). */
export type FindLeaseRules = (
  environment: string,
  tx?: Knex.Transaction,
) => Promise<LeaseRules | undefined>;

/** How far from now the quotas that apply to a cluster let it last, in milliseconds; undefined when none says. */
export type FindQuotaLease = (
  cluster: ClusterRecord,
) => Promise<number | undefined>;

/** Once that a cluster was given another end. Times are milliseconds since the epoch. */
export interface LeaseChange {
  changedAt: number;
  /** Entity ref. */
  changedBy: string;
  from: number;
  to: number;
}

/** Why a cluster does not expire. */
export interface LeaseHold {
  reason: string;
  /** Entity ref. */
  heldBy: string;
  heldAt: number;
  /** When it ends by itself. */
  until?: number;
}

/** The time of a cluster is over. */
export interface LeaseEnd {
  noticedAt: number;
  deleteAt: number;
}

/** What an owner is told, from the first to the last. */
export const NOTICE_KINDS = [
  'week',
  'day',
  'hour',
  'over',
  'last-day',
] as const;

/** One of {@link NOTICE_KINDS}. */
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** Something that an owner was told. */
export interface SentNotice {
  kind: NoticeKind;
  sentAt: number;
}

/** The two clocks: the database's decides, the one that is never set shows when the other jumps. */
export interface LeaseTime {
  /** Milliseconds since the epoch. */
  database(knex: Knex): Promise<number>;
  /** Milliseconds of any epoch. */
  monotonic(): number;
}

/** The clocks of a running portal. */
export const realTime: LeaseTime = {
  database: readDatabaseTime,
  monotonic: () => performance.now(),
};

/** Who ends what nobody ended by hand: the initiator of such operations, and the actor in the audit trail. */
export const PLATFORM = 'plugin:kubesmith';

/** How the request keys of operations begin that send clusters to sleep because their time is over. */
export const LEASE_END_KEY = 'lease-end/';
