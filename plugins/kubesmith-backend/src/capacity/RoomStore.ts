import type { Knex } from 'knex';
import { databaseTime, readDatabaseTime } from '../database/databaseTime';
import { DONE, LIVE } from '../engine/operationStates';
import { endOf, staysAwake } from './endOf';
import { NOT_BEFORE_ROOM } from './notBeforeRoom';
import { type PromiseOfCluster, readPromises } from './promises';
import type { Turn } from './decideTurns';
import type { Outlook, QueuePlace } from './estimateStarts';
import type { MachineNeed, RoomRequest, WaitReason } from './records';

/** Whoever waited for less has lost nothing. */
const WORTH_GIVING_MS = 60_000;

type RequestRow = {
  operation_id: string;
  cluster_id: string;
  owner: string;
  environment: string;
  machines: string;
  queued_at: number | string;
  reason: WaitReason | null;
  position: number | null;
  queue_length: number | null;
  estimate: number | string | null;
};

/** What waits and what is promised, as one transaction sees it. */
export type RoomRecords = {
  /** ms since the epoch. */
  now: number;
  waiting: Array<RoomRequest & { noted: Partial<QueuePlace> }>;
  promised: PromiseOfCluster[];
  clones: Map<number, number>;
  lastServed: Map<string, number>;
  controlPlanes: Map<string, string[]>;
};

/**
 * What operations need of hosts before they make machines, and who has it. An operation that waits is held by the engine's own
 * not-before time, in the far future, until its turn.
 */
export class RoomStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /**
   * Makes others who decide about room wait until the transaction ends. The last lock in the order of `OperationStore.lock`; what its
   * holder then writes to operations that wait for room is in nobody's way, because whoever asks for room has no other operation.
   */
  async lock(tx: Knex.Transaction): Promise<void> {
    await tx('room_queue')
      .where({ id: 1 })
      .update({ version: tx.raw('version + 1') });
  }

  /** Whether anything waits. */
  async anyWaits(): Promise<boolean> {
    return (
      (await waitingRequests(this.#knex).first('r.operation_id')) !== undefined
    );
  }

  /** How many operations wait, by the reason that was last seen. */
  async countWaiting(): Promise<Map<WaitReason, number>> {
    const rows: { reason: WaitReason | null; count: number | string }[] =
      await waitingRequests(this.#knex)
        .groupBy('r.reason')
        .select('r.reason')
        .count({ count: '*' });
    return new Map(
      rows.map(({ count, reason }) => [reason ?? 'turn', Number(count)]),
    );
  }

  /** Whether anything waits that was not told yet where it stands. */
  async anyNew(): Promise<boolean> {
    const found = await waitingRequests(this.#knex)
      .whereNull('r.position')
      .first('r.operation_id');
    return found !== undefined;
  }

  /** Puts an operation in the queue; the engine leaves it alone until its turn. */
  async enqueue(
    tx: Knex.Transaction,
    request: Omit<RoomRequest, 'queuedAt' | 'environment'>,
  ): Promise<void> {
    await tx('room_requests').insert({
      operation_id: request.operationId,
      cluster_id: request.clusterId,
      owner: request.owner,
      machines: JSON.stringify(request.machines),
      state: 'waiting',
      queued_at: databaseTime(tx),
    });
    await tx('operations')
      .where({ id: request.operationId })
      .update({ status: 'waiting', next_attempt_at: NOT_BEFORE_ROOM });
  }

  /** Notes that an operation has its turn: its machines have hosts, and the engine may go on with it. */
  async grant(
    tx: Knex.Transaction,
    turn: Turn,
    templateVmid: number,
  ): Promise<void> {
    const { operationId, clusterId, machines } = turn.request;
    await tx('room_requests')
      .where({ operation_id: operationId })
      .update({
        state: 'granted',
        reason: null,
        template_vmid: templateVmid,
        slots: turn.slots,
        granted_at: databaseTime(tx),
        settled_at: null,
        machines: JSON.stringify(
          machines.map(machine => ({
            ...machine,
            host: turn.hosts.get(machine.node),
          })),
        ),
      });
    for (const { node, host, clone } of machines) {
      if (clone && host === undefined)
        await tx('nodes')
          .where({ cluster_id: clusterId, name: node, state: 'planned' })
          .update({ host: turn.hosts.get(node) });
    }
    await tx('operations')
      .where({ id: operationId, status: 'waiting' })
      .update({ status: 'queued', next_attempt_at: null });
    await tx('operation_steps')
      .where({ operation_id: operationId, status: 'pending' })
      .update({ progress: null });
    await this.#giveBackTime(tx, turn.request);
  }

  /** The time for which an order waited is not taken from its lease. */
  async #giveBackTime(
    tx: Knex.Transaction,
    { clusterId, queuedAt }: RoomRequest,
  ): Promise<void> {
    const waited = (await readDatabaseTime(tx)) - queuedAt;
    if (waited < WORTH_GIVING_MS) return;
    const ordered = await tx('clusters')
      .where({ id: clusterId, phase: 'reserved' })
      .update({ expires_at: tx.raw('expires_at + ?', [waited]) });
    // It may have been over already.
    if (ordered > 0)
      await tx('lease_ends').where({ cluster_id: clusterId }).delete();
  }

  /** Notes why an operation waits. */
  async noteReason(
    tx: Knex.Transaction,
    operationId: string,
    reason: WaitReason,
  ): Promise<void> {
    await tx('room_requests')
      .where({ operation_id: operationId, state: 'waiting' })
      .update({ reason });
  }

  /** Notes how an operation that waits stands, for those who look at it. */
  async noteWait(
    tx: Knex.Transaction,
    operationId: string,
    place: QueuePlace,
    message: string,
  ): Promise<void> {
    const noted = await tx('room_requests')
      .where({ operation_id: operationId, state: 'waiting' })
      .update({
        position: place.position,
        queue_length: place.of,
        estimate: place.start === undefined ? null : Math.round(place.start),
      });
    // Its turn came in between.
    if (noted === 0) return;
    // Of the step that it waits for.
    await tx('operation_steps')
      .where({ operation_id: operationId })
      .where(
        'position',
        '=',
        tx('operation_steps')
          .where({ operation_id: operationId })
          .whereNotIn('status', DONE)
          .min('position'),
      )
      .update({ progress: JSON.stringify({ message }) });
  }

  /** The operation made its machines, or its records say what it took: others may clone, and nothing counts twice. */
  async settle(tx: Knex.Transaction, operationId: string): Promise<void> {
    await tx('room_requests')
      .where({ operation_id: operationId })
      .whereNull('settled_at')
      .update({ settled_at: databaseTime(tx) });
  }

  /** How an operation stands; undefined when it never needed room. */
  async find(
    operationId: string,
    tx: Knex = this.#knex,
  ): Promise<{ state: 'waiting' | 'granted'; slots: number } | undefined> {
    return tx('room_requests')
      .where({ operation_id: operationId })
      .first('state', 'slots');
  }

  /** When these owners last had a turn, ms since the epoch. */
  async lastServed(
    owners: string[],
    tx: Knex = this.#knex,
  ): Promise<Map<string, number>> {
    const rows: { owner: string; at: number | string }[] = await tx(
      'room_requests',
    )
      .whereIn('owner', owners)
      .whereNotNull('granted_at')
      .groupBy('owner')
      .select('owner')
      .max({ at: 'granted_at' });
    return new Map(rows.map(row => [row.owner, Number(row.at)]));
  }

  /** All that a decision needs; in the transaction that holds the lock, when something is to be decided. */
  async read(tx: Knex = this.#knex): Promise<RoomRecords> {
    const now = await readDatabaseTime(tx);
    const rows: RequestRow[] = await waitingRequests(tx).select(
      'r.*',
      'c.environment',
    );
    const waiting = rows.map(toRequest);
    const owners = [...new Set(waiting.map(({ owner }) => owner))];
    const held: { template_vmid: number; slots: number | string }[] = await tx(
      'room_requests as r',
    )
      .join('operations as o', 'o.id', 'r.operation_id')
      .where('r.state', 'granted')
      .whereNull('r.settled_at')
      .whereIn('o.status', LIVE)
      .whereNotNull('r.template_vmid')
      .groupBy('r.template_vmid')
      .select('r.template_vmid')
      .sum({ slots: 'r.slots' });
    return {
      now,
      waiting,
      promised: await readPromises(tx),
      clones: new Map(
        held.map(row => [Number(row.template_vmid), Number(row.slots)]),
      ),
      lastServed: await this.lastServed(owners, tx),
      controlPlanes: await controlPlaneHosts(
        tx,
        waiting.map(({ clusterId }) => clusterId),
      ),
    };
  }

  /** When clones will be made, and clusters be gone or asleep, as far as it is known. */
  async outlook(
    tx: Knex,
    records: RoomRecords,
    known: { cloneMs: number; graceMs: (environment: string) => number },
  ): Promise<Outlook> {
    const clones = await tx('room_requests as r')
      .join('operations as o', 'o.id', 'r.operation_id')
      .where('r.state', 'granted')
      .whereNull('r.settled_at')
      .where('r.slots', '>', 0)
      .whereIn('o.status', LIVE)
      .select('r.template_vmid', 'r.slots', 'r.granted_at');
    const ids = [
      ...new Set(records.promised.map(({ clusterId }) => clusterId)),
    ];
    const clusters = await tx('clusters as c')
      .leftJoin('lease_ends as e', 'e.cluster_id', 'c.id')
      .leftJoin('lease_holds as h', 'h.cluster_id', 'c.id')
      .whereNull('c.deleted_at')
      .select(
        'c.id',
        'c.phase',
        'c.environment',
        'c.expires_at',
        'e.delete_at',
        'h.cluster_id as held',
        'h.until',
        'h.released_at',
        { stays_awake: staysAwake(tx) },
      );
    const wanted = new Set(ids);
    const { now } = records;
    return {
      cloneMs: known.cloneMs,
      cloneEnds: clones.map(row => ({
        templateVmid: Number(row.template_vmid),
        slots: Number(row.slots),
        // What takes longer than usual is over soon, one hopes.
        at: Math.max(
          Number(row.granted_at) + known.cloneMs,
          now + known.cloneMs / 4,
        ),
      })),
      endings: clusters
        .filter(({ id }) => wanted.has(id))
        .flatMap(row => {
          const at = endOf(row, now, known.graceMs);
          return at === undefined
            ? []
            : [
                {
                  at,
                  machines: records.promised.filter(
                    ({ clusterId }) => clusterId === row.id,
                  ),
                },
              ];
        }),
    };
  }
}

/** How operations stand that wait, by their id; of those given. */
export async function queuePlaces(
  operationIds: string[],
  knex: Knex,
): Promise<Map<string, QueuePlace>> {
  if (operationIds.length === 0) return new Map();
  const rows: RequestRow[] = await waitingRequests(knex)
    .whereIn('r.operation_id', operationIds)
    .whereNotNull('r.position')
    .select('r.*');
  return new Map(
    rows.map(row => [row.operation_id, toPlace(row) as QueuePlace]),
  );
}

/** Requests whose operations are not over nor to be stopped. */
function waitingRequests(knex: Knex) {
  return knex('room_requests as r')
    .join('operations as o', 'o.id', 'r.operation_id')
    .join('clusters as c', 'c.id', 'r.cluster_id')
    .where('r.state', 'waiting')
    .whereIn('o.status', LIVE)
    .whereNull('o.cancel_requested_at');
}

function toPlace(row: RequestRow): Partial<QueuePlace> {
  return {
    position: row.position ?? undefined,
    of: row.queue_length ?? undefined,
    reason: row.reason ?? undefined,
    start: row.estimate === null ? undefined : Number(row.estimate),
  };
}

function toRequest(
  row: RequestRow,
): RoomRequest & { noted: Partial<QueuePlace> } {
  return {
    operationId: row.operation_id,
    clusterId: row.cluster_id,
    owner: row.owner,
    environment: row.environment,
    machines: JSON.parse(row.machines) as MachineNeed[],
    queuedAt: Number(row.queued_at),
    noted: toPlace(row),
  };
}

async function controlPlaneHosts(
  tx: Knex,
  clusterIds: string[],
): Promise<Map<string, string[]>> {
  const rows = await tx('nodes')
    .whereIn('cluster_id', clusterIds)
    .where({ role: 'control-plane' })
    .whereNot({ state: 'planned' })
    .whereNotNull('live_vmid')
    .select('cluster_id', 'host');
  const hosts = new Map<string, string[]>();
  for (const row of rows)
    hosts.set(row.cluster_id, [...(hosts.get(row.cluster_id) ?? []), row.host]);
  return hosts;
}
