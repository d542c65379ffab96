import { fairOrder } from './fairOrder';
import { copyRooms, placeMachines, take } from './placeMachines';
import type {
  CapacityLimits,
  HostRoom,
  RoomRequest,
  Site,
  WaitReason,
} from './records';

/** All that a decision depends on. Times are milliseconds since the epoch. */
export type QueueState = {
  now: number;
  hosts: HostRoom[];
  waiting: RoomRequest[];
  sites: ReadonlyMap<string, Site>;
  /** Clones under way, by the template's machine id. */
  clones: ReadonlyMap<number, number>;
  /** When an owner last got its turn. */
  lastServed: ReadonlyMap<string, number>;
  /** The hosts of control planes that clusters with requests have already, by cluster. */
  controlPlanes?: ReadonlyMap<string, string[]>;
  limits: CapacityLimits;
};

/** Something gets its turn. */
export type Turn = {
  request: RoomRequest;
  /** Node name to host. */
  hosts: Map<string, string>;
  /** How many machines it may clone at once; 0 when it clones none. */
  slots: number;
};

/** Who gets a turn now, and who does not, in the order of their turns, and why. */
export type Decision = {
  turns: Turn[];
  waiting: Array<{ request: RoomRequest; reason: WaitReason }>;
};

/**
 * Decides who goes on. In their fair order, each gets its turn for which there is room and for which a clone may begin; it then
 * clones as many machines at once as are left of the limit. What does not fit is passed by what does, but not for ever: once it
 * waited `passableMs`, nothing that could use its hosts goes before it.
 */
export function decideTurns(state: QueueState): Decision {
  const { limits, now, sites } = state;
  const rooms = copyRooms(state.hosts);
  const clones = new Map(state.clones);
  const decision: Decision = { turns: [], waiting: [] };
  const kept = new Set<string>();

  for (const request of fairOrder(state.waiting, state.lastServed)) {
    const wait = (reason: WaitReason) =>
      decision.waiting.push({ request, reason });
    const site = sites.get(request.environment);
    if (!site) {
      wait('environment');
      continue;
    }
    const own = rooms.filter(({ name }) => mayUse(request, site, name));
    if (takesRoom(request) && own.some(({ name }) => kept.has(name))) {
      wait('turn');
      continue;
    }
    const placement = placeMachines(request.machines, own, {
      datastore: site.datastore,
      choices: site.hosts,
      controlPlanes: state.controlPlanes?.get(request.clusterId),
    });
    if (!placement.placed) {
      wait(placement.reason);
      if (now - request.queuedAt >= limits.passableMs)
        own.forEach(({ name }) => kept.add(name));
      continue;
    }
    const wanted = request.machines.filter(({ clone }) => clone).length;
    const used = clones.get(site.templateVmid) ?? 0;
    const slots = Math.min(wanted, Math.max(0, limits.clonesAtOnce - used));
    if (wanted > 0 && slots === 0) {
      wait('clones');
      continue;
    }
    for (const machine of request.machines) {
      const host = placement.hosts.get(machine.node);
      take(rooms.find(({ name }) => name === host)!, machine, site.datastore);
    }
    clones.set(site.templateVmid, used + slots);
    decision.turns.push({ request, hosts: placement.hosts, slots });
  }
  return decision;
}

/** A machine that is somewhere already can use that host and no other, also when the environment does not name it any more. */
function mayUse(request: RoomRequest, site: Site, host: string): boolean {
  return request.machines.some(machine =>
    machine.host === undefined
      ? site.hosts.includes(host)
      : machine.host === host,
  );
}

function takesRoom({ machines }: RoomRequest): boolean {
  return machines.some(
    ({ memoryMiB, diskGiB }) => memoryMiB > 0 || diskGiB > 0,
  );
}
