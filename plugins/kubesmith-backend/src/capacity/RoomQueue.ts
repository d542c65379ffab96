import type { LoggerService } from '@backstage/backend-plugin-api';
import type { Knex } from 'knex';
import { repeatWhenBusy } from '../database/repeatWhenBusy';
import type { OperationStore } from '../engine/OperationStore';
import type { TypicalDurations } from '../engine/TypicalDurations';
import type { EnvironmentSource } from '../environments/Environments';
import type { KubesmithMetrics } from '../metrics/KubesmithMetrics';
import type { Inventory, InventorySnapshot } from '../orders/Inventory';
import { type QueueState, type Turn, decideTurns } from './decideTurns';
import { type QueuePlace, estimateStarts } from './estimateStarts';
import { hostRooms } from './hostRooms';
import type { RoomRecords, RoomStore } from './RoomStore';
import type { CapacityLimits, RoomRequest, Site } from './records';
import { grantedText, progressText, waitingText } from './roomTexts';
import { DAY_MS } from '../time';

/** After Proxmox did not answer, it is left alone for so long. */
const PAUSE_MS = 15_000;
/** So often it is estimated anew how long those wait for whom nothing else changed. */
const ESTIMATE_MS = 15_000;

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
  typical: Pick<TypicalDurations, 'get'>;
  /** Clusters whose operations have their turn now; called after that is recorded. */
  onTurn: (clusterIds: string[]) => void;
  metrics?: Pick<KubesmithMetrics, 'waitedForRoom'>;
  /** Clusters whose operations stand elsewhere in the queue now. */
  onMoved?: (clusterIds: string[]) => void;
}

/**
 * Gives operations that make machines (or wake them, or make them larger) their turn: at once when there is room, else when there is.
 * Whoever decides holds the queue's lock, so that all replicas together promise no more than there is.
 */
export class RoomQueue {
  readonly #deps: RoomQueueDeps;
  #pausedUntil = -Infinity;
  #estimateAt = -Infinity;

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
        current.map(({ graceDays, name, proxmox }) => [
          name,
          {
            hosts: proxmox.hosts,
            datastore: proxmox.datastore,
            templateVmid: proxmox.templateVmid,
            graceMs: graceDays * DAY_MS,
          },
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

  /** To be called after the commit: these clusters' operations have their turn, and who waits now learns where it stands. */
  async announce(clusterIds: string[]): Promise<void> {
    const { logger, onTurn, store } = this.#deps;
    if (clusterIds.length > 0) onTurn(clusterIds);
    try {
      if (await store.anyNew()) await this.#estimate(await this.view());
    } catch (error) {
      // What was committed stands; the next turn estimates.
      logger.info('Nobody knows yet how long something waits for room', {
        error: String(error),
      });
    }
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
      logger.info(
        'What waits for room goes on waiting: Proxmox does not answer',
        { error: String(error) },
      );
      return;
    }
    const turns = await repeatWhenBusy(() =>
      knex.transaction(async tx => {
        await store.lock(tx);
        return this.#giveTurns(tx, view);
      }),
    );
    await this.announce(turns.map(({ request }) => request.clusterId));
    if (turns.length > 0 || performance.now() > this.#estimateAt + ESTIMATE_MS)
      await this.#estimate(view);
  }

  /**
   * Where an operation would stand that asked for room now; undefined when it would have it at once. Promises nothing.
   * 503 when Proxmox does not answer.
   */
  async preview(
    request: Pick<RoomRequest, 'environment' | 'machines' | 'owner'>,
  ): Promise<QueuePlace | undefined> {
    const { knex, limits, store } = this.#deps;
    const view = await this.view();
    const records = await store.read(knex);
    const asking: RoomRequest = {
      ...request,
      operationId: 'preview',
      clusterId: 'preview',
      queuedAt: records.now,
    };
    const state = queueState(records, view, limits);
    state.waiting = [...state.waiting, asking];
    state.lastServed = new Map([
      ...(await store.lastServed([request.owner], knex)),
      ...state.lastServed,
    ]);
    const now = decideTurns(state).turns.some(turn => turn.request === asking);
    if (now) return undefined;
    const outlook = await this.#outlook(knex, records, view);
    return estimateStarts(state, outlook).get(asking.operationId);
  }

  async #giveTurns(tx: Knex.Transaction, view: RoomView): Promise<Turn[]> {
    const { limits, operations, store } = this.#deps;
    const records = await store.read(tx);
    const { turns, waiting } = decideTurns(queueState(records, view, limits));
    for (const turn of turns) {
      const { environment, operationId } = turn.request;
      await store.grant(tx, turn, view.sites.get(environment)!.templateVmid);
      await operations.insertEvent(tx, operationId, {
        level: 'info',
        message: grantedText(turn),
      });
    }
    const noted = new Map(
      records.waiting.map(request => [request.operationId, request.noted]),
    );
    for (const { request, reason } of waiting) {
      const before = noted.get(request.operationId)?.reason;
      if (before === reason) continue;
      await store.noteReason(tx, request.operationId, reason);
      if (before === undefined || worthTelling(before, reason))
        await operations.insertEvent(tx, request.operationId, {
          level: 'info',
          code: 'KUBESMITH-WAITS-FOR-ROOM',
          message: waitingText(reason),
        });
    }
    // Once that is committed; what is not did not happen.
    tx.executionPromise.then(
      () =>
        turns.forEach(({ request: { queuedAt } }) =>
          this.#deps.metrics?.waitedForRoom((records.now - queuedAt) / 1000),
        ),
      () => {},
    );
    return turns;
  }

  /** Notes where everything that waits stands now. It takes a while, so the lock is held only to write it. */
  async #estimate(view: RoomView): Promise<void> {
    const { knex, limits, onMoved, store } = this.#deps;
    this.#estimateAt = performance.now();
    const records = await store.read();
    const places = estimateStarts(
      queueState(records, view, limits),
      await this.#outlook(knex, records, view),
    );
    const moved = records.waiting.filter(
      ({ noted, operationId }) => !isAsNoted(places.get(operationId)!, noted),
    );
    if (moved.length === 0) return;
    await repeatWhenBusy(() =>
      knex.transaction(async tx => {
        await store.lock(tx);
        for (const { operationId } of moved) {
          const place = places.get(operationId)!;
          await store.noteWait(tx, operationId, place, progressText(place));
        }
      }),
    );
    onMoved?.(moved.map(({ clusterId }) => clusterId));
  }

  async #outlook(tx: Knex, records: RoomRecords, view: RoomView) {
    const { store, typical } = this.#deps;
    const seconds = await typical.get(tx);
    return store.outlook(tx, records, {
      cloneMs: 1000 * seconds('create', 'machines'),
      graceMs: environment => view.sites.get(environment)?.graceMs ?? 0,
    });
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

/** An estimate that changed by less than a minute, or than a tenth of what remains, is the same. */
function isAsNoted(place: QueuePlace, noted: Partial<QueuePlace>): boolean {
  const close =
    place.start === undefined || noted.start === undefined
      ? place.start === noted.start
      : Math.abs(place.start - noted.start) < 60_000;
  return close && place.position === noted.position && place.of === noted.of;
}
