import type { Knex } from 'knex';
import { databaseTime, readDatabaseTime } from '../database/databaseTime';
import { LIVE } from '../engine/operationStates';
import type { PromisedMachine } from './hostRooms';
import { NOT_BEFORE_ROOM } from './notBeforeRoom';
import type { Turn } from './decideTurns';
import type { MachineNeed, RoomRequest, WaitReason } from './records';

/** Phases in which a cluster's machines are off and use no memory. */
const RESTING = ['hibernated'];

type RequestRow = {
  operation_id: string;
  cluster_id: string;
  owner: string;
  environment: string;
  machines: string;
  queued_at: number | string;
  reason: WaitReason | null;
};

/** What waits and what is promised, as one transaction sees it. */
export type RoomRecords = {
  /** ms since the epoch. */
  now: number;
  waiting: Array<RoomRequest & { reason?: WaitReason }>;
  /** `datastore` is missing: the environment knows it. */
  promised: Array<PromisedMachine & { environment: string }>;
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

  /** Makes others who decide about room wait until the transaction ends. Whoever locks pools too locks them before. */
  async lock(tx: Knex.Transaction): Promise<void> {
    await tx('room_queue')
      .where({ id: 1 })
      .update({ version: tx.raw('version + 1') });
  }

  /** Whether anything waits. */
  async anyWaits(): Promise<boolean> {
    return (await waitingRequests(this.#knex).first('r.operation_id')) !== undefined;
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
  }

  /** Notes why an operation still waits, for those who look at it. */
  async noteReason(
    tx: Knex.Transaction,
    operationId: string,
    reason: WaitReason,
  ): Promise<void> {
    await tx('room_requests')
      .where({ operation_id: operationId, state: 'waiting' })
      .update({ reason });
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

  /** All that a decision needs; in the transaction that holds the lock, when something is to be decided. */
  async read(tx: Knex = this.#knex): Promise<RoomRecords> {
    const now = await readDatabaseTime(tx);
    const rows: RequestRow[] = await waitingRequests(tx).select(
      'r.*',
      'c.environment',
    );
    const waiting = rows.map(toRequest);
    const owners = [...new Set(waiting.map(({ owner }) => owner))];
    const served: { owner: string; at: number | string }[] = await tx(
      'room_requests',
    )
      .whereIn('owner', owners)
      .whereNotNull('granted_at')
      .groupBy('owner')
      .select('owner')
      .max({ at: 'granted_at' });
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
      promised: [...(await nodePromises(tx)), ...(await extraPromises(tx))],
      clones: new Map(
        held.map(row => [Number(row.template_vmid), Number(row.slots)]),
      ),
      lastServed: new Map(served.map(row => [row.owner, Number(row.at)])),
      controlPlanes: await controlPlaneHosts(
        tx,
        waiting.map(({ clusterId }) => clusterId),
      ),
    };
  }
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

function toRequest(row: RequestRow): RoomRequest & { reason?: WaitReason } {
  return {
    operationId: row.operation_id,
    clusterId: row.cluster_id,
    owner: row.owner,
    environment: row.environment,
    machines: JSON.parse(row.machines) as MachineNeed[],
    queuedAt: Number(row.queued_at),
    reason: row.reason ?? undefined,
  };
}

/** The machines of our records that run or may be started at any time, and those that are being made. */
async function nodePromises(tx: Knex) {
  const rows = await tx('nodes as n')
    .join('clusters as c', 'c.id', 'n.cluster_id')
    .join('operations as o', 'o.id', 'n.operation_id')
    .leftJoin('room_requests as r', 'r.operation_id', 'n.operation_id')
    .whereNotNull('n.live_vmid')
    .whereNotIn('c.phase', RESTING)
    .andWhere(counts =>
      counts
        .whereNot('n.state', 'planned')
        .orWhere(made =>
          made
            .whereIn('o.status', LIVE)
            .andWhere(free =>
              free.whereNull('r.state').orWhere('r.state', 'granted'),
            ),
        ),
    )
    .select(
      'c.environment',
      'n.host',
      'n.live_vmid',
      'n.memory_mib',
      'n.disk_gib',
      'n.state',
    );
  return rows.map(row => {
    const clone = row.state === 'planned';
    return {
      environment: row.environment as string,
      host: row.host as string,
      vmid: Number(row.live_vmid),
      memoryMiB: Number(row.memory_mib),
      diskGiB: clone ? Number(row.disk_gib) : 0,
      clone,
    };
  });
}

/** What operations were granted beyond what the records say, e.g. machines that are to wake up or to grow. */
async function extraPromises(tx: Knex) {
  const rows: RequestRow[] = await tx('room_requests as r')
    .join('operations as o', 'o.id', 'r.operation_id')
    .join('clusters as c', 'c.id', 'r.cluster_id')
    .where('r.state', 'granted')
    .whereNull('r.settled_at')
    .whereIn('o.status', LIVE)
    .select('r.*', 'c.environment');
  return rows.flatMap(row =>
    toRequest(row)
      .machines.filter(({ clone, host }) => !clone && host !== undefined)
      .map(({ host, memoryMiB, diskGiB }) => ({
        environment: row.environment,
        host: host!,
        memoryMiB,
        diskGiB,
        clone: false,
      })),
  );
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
