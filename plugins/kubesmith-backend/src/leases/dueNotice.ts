import { DAY_MS, HOUR_MS } from '../time';
import type { Ending } from './LeaseStore';
import type { Notice } from './NoticeStore';
import type { NoticeKind } from './records';

/** How long before the end an owner is warned, the most urgent one first. */
export const WARNINGS: ReadonlyArray<[kind: NoticeKind, leadMs: number]> = [
  ['hour', HOUR_MS],
  ['day', DAY_MS],
  ['week', 7 * DAY_MS],
];

/**
 * What the owner of a cluster should have been told by now: the most urgent notice only, because it says all that the earlier
 * ones would have. A warning whose time was over when the end became known is none: who orders a cluster for three days knows
 * that it ends within a week.
 */
export function dueNotice(
  { cluster, end, knownSince }: Ending,
  now: number,
): Notice | undefined {
  const clusterId = cluster.id;
  if (end) {
    const lastDay = end.deleteAt - DAY_MS;
    const kind =
      lastDay <= now && lastDay > end.noticedAt ? 'last-day' : 'over';
    return { clusterId, kind, about: end.deleteAt };
  }
  const about = cluster.expiresAt;
  const due = WARNINGS.find(([, leadMs]) => about - leadMs <= now);
  if (about <= now || !due || about - due[1] <= knownSince) return undefined;
  return { clusterId, kind: due[0], about };
}
