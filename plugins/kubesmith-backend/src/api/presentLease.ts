import type {
  ClusterArchive as ApiArchive,
  Lease,
} from '@kubesmith/plugin-kubesmith-common';
import type { ClusterRecord } from '../database/records';
import type { ClusterArchive } from '../leases/archive';
import {
  type LeaseChange,
  type LeaseEnd,
  type LeaseHold,
  type LeaseRules,
  type SentNotice,
} from '../leases/records';
import { DAY_MS } from '../time';

/** From here on a page points out that the end is near. */
const NEAR_MS = 7 * DAY_MS;

/** The time of a cluster as the API shows it. */
export function presentLease(
  cluster: ClusterRecord,
  facts: {
    changes: LeaseChange[];
    end?: LeaseEnd;
    hold?: LeaseHold;
    isDoubted: boolean;
    notices: SentNotice[];
    now: number;
    /** Of its environment, if that is configured. */
    rules?: LeaseRules;
    may: (verb: 'extend' | 'approve') => boolean;
  },
): Lease {
  const { changes, end, hold, may, now, rules } = facts;
  const isEnding = cluster.phase === 'deleting' || cluster.phase === 'deleted';
  return {
    clusterId: cluster.id,
    state: stateOf(cluster, facts),
    expiresAt: time(cluster.expiresAt),
    // A grace that nobody noted yet begins with the next look.
    deletesAt: end && !isEnding ? time(end.deleteAt) : undefined,
    latest: rules && time(now + rules.maxLeaseMs),
    maxDays: rules && rules.maxLeaseMs / DAY_MS,
    graceDays: rules && rules.graceMs / DAY_MS,
    hold: hold && {
      reason: hold.reason,
      by: hold.heldBy,
      at: time(hold.heldAt),
      until: hold.until === undefined ? undefined : time(hold.until),
    },
    isClockDoubted: facts.isDoubted,
    changes: changes.map(presentChange),
    notices: facts.notices.map(({ kind, sentAt }) => ({
      kind,
      sentAt: time(sentAt),
    })),
    can: {
      extend: !isEnding && rules !== undefined && may('extend'),
      hold: !isEnding && may('approve'),
    },
  };
}

function stateOf(
  cluster: ClusterRecord,
  { hold, now }: { hold?: LeaseHold; now: number },
): Lease['state'] {
  if (cluster.phase === 'deleting' || cluster.phase === 'deleted')
    return 'ended';
  if (hold) return 'held';
  if (cluster.expiresAt <= now) return 'over';
  return cluster.expiresAt - now <= NEAR_MS ? 'near' : 'running';
}

/** What a deleted cluster was, as the API shows it. */
export function presentArchive(archive: ClusterArchive): ApiArchive {
  return {
    ...archive,
    archivedAt: time(archive.archivedAt),
    createdAt: time(archive.createdAt),
    readyAt: archive.readyAt === undefined ? undefined : time(archive.readyAt),
    expiresAt: time(archive.expiresAt),
    extensions: archive.extensions.map(presentChange),
    lastBackup: archive.lastBackup && {
      takenAt: time(archive.lastBackup.takenAt),
      objects: archive.lastBackup.keys,
      kubernetesVersion: archive.lastBackup.kubernetesVersion,
    },
  };
}

function presentChange(change: LeaseChange) {
  return {
    at: time(change.changedAt),
    by: change.changedBy,
    from: time(change.from),
    to: time(change.to),
  };
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
