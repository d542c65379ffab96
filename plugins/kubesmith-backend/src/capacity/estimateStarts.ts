import { type QueueState, decideTurns } from './decideTurns';
import { fairOrder } from './fairOrder';
import { copyRooms, take } from './placeMachines';
import type { WaitReason } from './records';

/** What will be given back, as far as it is known. Times are milliseconds since the epoch. */
export type Outlook = {
  /** Machines that will be gone: their clusters' time is over then, or they are being deleted. */
  endings: Array<{
    at: number;
    machines: Array<{ host: string; memoryMiB: number }>;
  }>;
  /** Clones that will be made. */
  cloneEnds: Array<{ at: number; templateVmid: number; slots: number }>;
  /** How long making the machines of a cluster takes, ms. */
  cloneMs: number;
};

/** Where something stands in the queue. */
export type QueuePlace = {
  /** From 1, among those that need the same hosts or the same template. */
  position: number;
  /** How many these are. */
  of: number;
  /** Missing: its turn is now. */
  reason?: WaitReason;
  /** When it probably goes on, ms since the epoch; missing when nobody knows. */
  start?: number;
};

/** So many times that something becomes free are looked at; what comes after them is too uncertain to tell. */
const MOST_EVENTS = 100;

/**
 * Where everything that waits stands, and when it probably goes on: the queue is played through, with clusters that end when
 * their time is over, and clones that take as long as they usually do. Space on storages is not foreseen.
 *
 * @returns by operation id
 */
export function estimateStarts(
  state: QueueState,
  outlook: Outlook,
): Map<string, QueuePlace> {
  const places = placesNow(state);
  const hosts = copyRooms(state.hosts);
  const byName = new Map(hosts.map(host => [host.name, host]));
  const clones = new Map(state.clones);
  const lastServed = new Map(state.lastServed);
  const cloneEnds = [...outlook.cloneEnds];
  const endings = [...outlook.endings];
  let waiting = [...state.waiting];
  let now = state.now;

  for (let event = 0; event < MOST_EVENTS; event++) {
    const { turns } = decideTurns({
      ...state,
      clones,
      hosts,
      lastServed,
      now,
      waiting,
    });
    for (const [index, turn] of turns.entries()) {
      const { environment, machines, operationId, owner } = turn.request;
      const site = state.sites.get(environment)!;
      places.get(operationId)!.start = now;
      for (const machine of machines)
        take(
          byName.get(turn.hosts.get(machine.node)!)!,
          machine,
          site.datastore,
        );
      const { templateVmid } = site;
      const used = clones.get(templateVmid) ?? 0;
      clones.set(templateVmid, used + turn.slots);
      cloneEnds.push({
        at: now + outlook.cloneMs,
        templateVmid,
        slots: turn.slots,
      });
      // One after the other, also within the same moment.
      lastServed.set(owner, now + index / turns.length);
    }
    const gone = new Set(turns.map(({ request }) => request.operationId));
    waiting = waiting.filter(({ operationId }) => !gone.has(operationId));
    if (waiting.length === 0) break;

    const next = nextOf([...cloneEnds, ...endings]);
    if (next === undefined) break;
    // What should have been over by now is over at once.
    now = Math.max(next, now + 1);
    for (const { templateVmid, slots } of takeDue(cloneEnds, now))
      clones.set(templateVmid, (clones.get(templateVmid) ?? 0) - slots);
    for (const { machines } of takeDue(endings, now))
      for (const { host, memoryMiB } of machines) {
        const room = byName.get(host);
        if (room) room.freeMiB += memoryMiB;
      }
  }
  return places;
}

/** Positions and reasons, as it stands now. */
function placesNow(state: QueueState): Map<string, QueuePlace> {
  const { sites } = state;
  const reasons = new Map(
    decideTurns(state).waiting.map(({ request, reason }) => [
      request.operationId,
      reason,
    ]),
  );
  const ordered = fairOrder(state.waiting, state.lastServed);
  return new Map(
    ordered.map(request => {
      const site = sites.get(request.environment);
      const rivals = ordered.filter(other => {
        const theirs = sites.get(other.environment);
        return (
          other.environment === request.environment ||
          (site &&
            theirs &&
            (theirs.templateVmid === site.templateVmid ||
              theirs.hosts.some(host => site.hosts.includes(host))))
        );
      });
      return [
        request.operationId,
        {
          position: rivals.indexOf(request) + 1,
          of: rivals.length,
          reason: reasons.get(request.operationId),
        },
      ];
    }),
  );
}

/** When the first of them is; undefined when there is none. */
function nextOf(list: Array<{ at: number }>): number | undefined {
  return list.length > 0 ? Math.min(...list.map(({ at }) => at)) : undefined;
}

/** Takes what is due out of a list. */
function takeDue<T extends { at: number }>(list: T[], now: number): T[] {
  const due = list.filter(({ at }) => at <= now);
  list.splice(0, list.length, ...list.filter(({ at }) => at > now));
  return due;
}
