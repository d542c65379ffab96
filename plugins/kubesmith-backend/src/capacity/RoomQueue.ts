import type { LoggerService } from '@backstage/backend-plugin-api';
import type { Knex } from 'knex';
import { repeatWhenBusy } from '../database/repeatWhenBusy';
import type { OperationStore } from '../engine/OperationStore';
import type { EnvironmentSource } from '../environments/Environments';
import type { Inventory, InventorySnapshot } from '../orders/Inventory';
import { type QueueState, type Turn, decideTurns } from './decideTurns';
import { hostRooms } from './hostRooms';
import type { RoomRecords, RoomStore } from './RoomStore';
import type { CapacityLimits, RoomRequest, Site } from './records';
import { grantedText, waitingText } from './roomTexts';

/** After Proxmox did not answer, it is left alone for so long. */
const PAUSE_MS = 15_000;

/** What is looked at before a transaction decides about room. */
export type RoomView = {
  snapshot: Pick<InventorySnapshot, 'hosts'>;
  sites: ReadonlyMap<string, Site>;
};

/** What {@link RoomQueue} works with. */
export interface RoomQueueDeps {
  environments: Pick<EnvironmentSource, 'current'>;
  inventory: Pick<Inventory, 'snapshot'>;
  knex: Knex;
  limits: CapacityLimits;
  logger: LoggerService;
  operations: Pick<OperationStore, 'insertEvent'>;
  store: RoomStore;
  /** Clusters whose operations have their turn now; called after that is recorded. */
  onTurn: (clusterIds: string[]) => void;
}

/**
 * Gives operations that make machines (or wake them, or make them larger) their turn: at once when there is room, else when there is.
 * Whoever decides holds the queue's lock, so that all replicas together promise no more than there is.
 */
export class RoomQueue {
  readonly #deps: RoomQueueDeps;
  #pausedUntil = -Infinity;

  constructor(deps: RoomQueueDeps) {
    this.#deps = deps;
  }

  get limits(): CapacityLimits {
    return this.#deps.limits;
  }

  /** To be called before the transaction of {@link RoomQueue.enter}. 503 when Proxmox does not answer. */
  async view(): Promise<RoomView> {
    const { environments, inventory } = this.#deps;
    const [snapshot, current] = await Promise.all([
      inventory.snapshot(),
      environments.current(),
    ]);
    return {
      snapshot,
      sites: new Map(
        current.map(({ name, proxmox: { hosts, datastore, templateVmid } }) => [
          name,
          { hosts, datastore, templateVmid },
        ]),
      ),
    };
  }

  /**
   * Asks for room in the transaction that records the operation (after the operation and the nodes that it adds, these in state
   * `planned`). When there is room, and nobody comes first, the operation has it at once; else it waits, and goes on by itself.
   *
   * @returns the hosts of the machines by node name, or undefined when it waits. Call {@link RoomQueue.announce} with `others`
   * after the commit.
   */
  async enter(
    tx: Knex.Transaction,
    request: Omit<RoomRequest, 'queuedAt' | 'environment'>,
    view: RoomView,
  ): Promise<{ hosts?: Map<string, string>; others: string[] }> {
    const { store } = this.#deps;
    await store.lock(tx);
    await store.enqueue(tx, request);
    const turns = await this.#giveTurns(tx, view);
    const own = turns.find(
      turn => turn.request.operationId === request.operationId,
    );
    return {
      hosts: own?.hosts,
      others: turns
        .filter(turn => turn !== own)
        .map(turn => turn.request.clusterId),
    };
  }

  /** Says that these clusters' operations have their turn. */
  announce(clusterIds: string[]): void {
    if (clusterIds.length > 0) this.#deps.onTurn(clusterIds);
  }

  /** Gives turns to those who can go on now. Called often, by every replica. */
  async admit(): Promise<void> {
    const { knex, logger, store } = this.#deps;
    if (performance.now() < this.#pausedUntil) return;
    if (!(await store.anyWaits())) return;
    let view: RoomView;
    try {
      view = await this.view();
    } catch (error) {
      this.#pausedUntil = performance.now() + PAUSE_MS;
      logger.info('What waits for room goes on waiting: Proxmox does not answer', {
        error: String(error),
      });
      return;
    }
    const turns = await repeatWhenBusy(() =>
      knex.transaction(async tx => {
        await store.lock(tx);
        return this.#giveTurns(tx, view);
      }),
    );
    this.announce(turns.map(({ request }) => request.clusterId));
  }

  async #giveTurns(tx: Knex.Transaction, view: RoomView): Promise<Turn[]> {
    const { limits, operations, store } = this.#deps;
    const records = await store.read(tx);
    const { turns, waiting } = decideTurns(
      queueState(records, view, limits),
    );
    for (const turn of turns) {
      const { environment, operationId } = turn.request;
      await store.grant(tx, turn, view.sites.get(environment)!.templateVmid);
      await operations.insertEvent(tx, operationId, {
        level: 'info',
        message: grantedText(turn),
      });
    }
    for (const { request, reason } of waiting) {
      const noted = records.waiting.find(
        ({ operationId }) => operationId === request.operationId,
      )?.reason;
      if (noted === reason) continue;
      await store.noteReason(tx, request.operationId, reason);
      if (noted === undefined || worthTelling(noted, reason))
        await operations.insertEvent(tx, request.operationId, {
          level: 'info',
          code: 'KUBESMITH-WAITS-FOR-ROOM',
          message: waitingText(reason),
        });
    }
    return turns;
  }
}

/** Records, what Proxmox shows and the limits as one state. */
export function queueState(
  records: RoomRecords,
  { snapshot, sites }: RoomView,
  limits: CapacityLimits,
): QueueState {
  const promised = records.promised.map(machine => ({
    ...machine,
    datastore: sites.get(machine.environment)?.datastore,
  }));
  return {
    ...records,
    hosts: hostRooms(snapshot, promised, limits),
    sites,
    limits,
  };
}

/** That somebody else's turn is over is no news, and comes every few seconds. */
function worthTelling(before: string, now: string): boolean {
  const brief = ['clones', 'turn'];
  return !(brief.includes(before) && brief.includes(now));
}
