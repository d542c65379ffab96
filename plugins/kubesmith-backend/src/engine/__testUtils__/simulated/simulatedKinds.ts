import type { OperationKind } from '@kubesmith/plugin-kubesmith-common';
import type { Random } from './random';
import type { SimulatedWorld } from './SimulatedWorld';

/** What a random schedule may do to a cluster: a new kind of operation joins by a line. */
export interface SimulatedKind {
  kind: OperationKind;
  /** The phases in which it is begun. */
  from: string[];
  /** The phase when it succeeded. */
  to: string;
  /** What its steps read from the operation's input. */
  input?: Record<string, unknown>;
  /** Requests it, when that is more than an input; gives the operation's id. */
  begin?: (
    world: SimulatedWorld,
    clusterId: string,
    random: Random,
  ) => Promise<string>;
}

/** All kinds but creation and deletion, with which every schedule begins and ends. */
export const simulatedKinds: SimulatedKind[] = [
  { kind: 'hibernate', from: ['ready', 'failed'], to: 'hibernated' },
  { kind: 'wake', from: ['hibernated'], to: 'ready' },
  { kind: 'repair', from: ['ready'], to: 'ready' },
  { kind: 'renew', from: ['ready'], to: 'ready' },
  {
    kind: 'scale',
    from: ['ready'],
    to: 'ready',
    async begin(world, clusterId, random) {
      const nodes = await world.db.clusters.liveNodes(clusterId);
      const workers = nodes.filter(({ role }) => role === 'worker');
      // More, fewer, or others.
      const wanted = 1 + random.below(4);
      const remove =
        wanted === workers.length || random.chance(0.3)
          ? [random.pick(workers).name]
          : undefined;
      return world.scale(clusterId, { workers: wanted, remove });
    },
  },
  {
    kind: 'resize',
    from: ['ready'],
    to: 'ready',
    async begin(world, clusterId, random) {
      const nodes = await world.db.clusters.liveNodes(clusterId);
      const chosen = nodes.filter(() => random.chance(0.6));
      return world.resize(clusterId, chosen, {
        vcpu: 1 + random.below(8),
        memoryMiB: 2048,
        diskGiB: 20 + random.below(20),
      });
    },
  },
];

/** Kinds of which no schedule is made, by name, each with the reason. */
export const withoutSchedules: Record<string, string> = {
  snapshot: 'the simulated hosts know no snapshots',
  rollback: 'the simulated hosts know no snapshots',
  'remove-snapshot': 'the simulated hosts know no snapshots',
  upgrade:
    'what it does on the nodes is not simulated; steps/upgrade/upgrade.test.ts kills it at every write',
  transfer:
    'the cluster has changed hands when it is recorded; its step only tells people',
  backup: 'what it does on the nodes is not simulated',
  restore: 'what it does on the nodes is not simulated',
};
