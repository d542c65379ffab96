import type { RoomRequest } from './records';

/**
 * The order in which those who wait get their turn: owners take turns, each with what it asked for first. The owner whose last
 * turn is longest ago begins; one with ten orders so keeps nobody out.
 *
 * @param lastServed - when an owner last got something, ms since the epoch; absent: never
 */
export function fairOrder<
  T extends Pick<RoomRequest, 'operationId' | 'owner' | 'queuedAt'>,
>(waiting: T[], lastServed: ReadonlyMap<string, number>): T[] {
  const byOwner = new Map<string, T[]>();
  for (const request of [...waiting].sort(byTime)) {
    byOwner.set(request.owner, [
      ...(byOwner.get(request.owner) ?? []),
      request,
    ]);
  }
  const turns = [...byOwner.values()].flatMap(own =>
    own.map((request, round) => ({ request, round })),
  );
  const last = ({ owner }: T) => lastServed.get(owner) ?? -1;
  return turns
    .sort(
      (a, b) =>
        a.round - b.round ||
        last(a.request) - last(b.request) ||
        byTime(a.request, b.request),
    )
    .map(({ request }) => request);
}

function byTime(
  a: Pick<RoomRequest, 'operationId' | 'queuedAt'>,
  b: Pick<RoomRequest, 'operationId' | 'queuedAt'>,
): number {
  return a.queuedAt - b.queuedAt || (a.operationId < b.operationId ? -1 : 1);
}
