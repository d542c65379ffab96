import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { CLUSTERS, FEW, LARGE_GROUP, SMALL_GROUP } from './people';

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;
/** Rows of one insert: SQLite takes 32 766 values at most. */
const CHUNK = 500;

/** One cluster of this many is the person's own, another one the group's, a third one shared with the person. */
const FEW_OF = 300;
/** One cluster of this many is shared with somebody else. */
const SHARED_OF = 20;

const environments = [
  { name: 'distributed-systems-2026', owner: 'group:default/instructors' },
  { name: 'research', owner: 'group:default/researchers' },
];
const steps = ['machines', 'kubernetes', 'verify', 'activate'];

/**
 * Writes 10 000 ready clusters of two nodes each straight into the tables, with the operation that made each and its steps, and
 * with shares. They were made one each minute; whose they are is spread evenly over that time, as are their ends over 90 days.
 *
 * @param options - a part of them: from the one of this number to before that one
 * @returns how many of them each sees
 */
export async function fillDatabase(
  knex: Knex,
  { from = 0, to = CLUSTERS }: { from?: number; to?: number } = {},
): Promise<{ few: number; many: number }> {
  const now = Date.now();
  const rows = Array.from({ length: to - from }, (_, index) =>
    rowsOf(from + index, now),
  );
  const insert = (table: string, of: keyof (typeof rows)[number]) =>
    knex.batchInsert(
      table,
      rows.flatMap(each => each[of] as object[]),
      CHUNK,
    );
  await insert('clusters', 'clusters');
  await insert('nodes', 'nodes');
  await insert('operations', 'operations');
  await insert('operation_steps', 'steps');
  await insert('shares', 'shares');
  // What autovacuum does by itself within minutes. SQLite gets no statistics from the portal, and none here.
  if (knex.client.config.client === 'pg') await knex.raw('analyze');
  const owned = rows.map(({ clusters: [{ owner }] }) => owner);
  return {
    few: rows.filter(
      ({ shares }, index) =>
        [FEW, SMALL_GROUP].includes(owned[index]) ||
        shares.some(({ subject }) => subject === FEW),
    ).length,
    many: owned.filter(owner => owner === LARGE_GROUP).length,
  };
}

function ownerOf(index: number): string {
  if (index % FEW_OF === 0) return FEW;
  if (index % FEW_OF === 100) return SMALL_GROUP;
  return index % 2 ? LARGE_GROUP : `user:default/owner-${index % 1000}`;
}

function subjectOf(index: number): string | undefined {
  if (index % FEW_OF === 200) return FEW;
  return index % SHARED_OF === 10
    ? `user:default/borrower-${index % 1000}`
    : undefined;
}

/** One cluster and what belongs to it. */
function rowsOf(index: number, now: number) {
  const id = randomUUID();
  const operationId = randomUUID();
  const createdAt = now - (CLUSTERS - index) * MINUTE_MS;
  const name = `bench-${index}`;
  const owner = ownerOf(index);
  const environment = environments[index % 3 ? 0 : 1];
  const subject = subjectOf(index);
  const node = (role: 'control-plane' | 'worker', number: number) => ({
    id: randomUUID(),
    cluster_id: id,
    name: `${name}-${role === 'worker' ? 'w' : 'cp'}-1`,
    role,
    state: 'ready',
    vmid: 100_000 + 2 * index + number,
    live_vmid: 100_000 + 2 * index + number,
    host: `pve${1 + (index % 3)}`,
    ip_address: `10.${index >> 8}.${index & 255}.${number + 1}`,
    mac_address: `02:00:00:${hex(index >> 8)}:${hex(index & 255)}:0${number}`,
    smbios_uuid: randomUUID(),
    vcpu: 2,
    memory_mib: 4096,
    disk_gib: 20,
    operation_id: operationId,
    created_at: createdAt,
  });
  return {
    clusters: [
      {
        id,
        name,
        environment: environment.name,
        live_key: `${environment.name}/${name}`,
        owner,
        created_by: owner.replace('group:', 'user:'),
        environment_owner: environment.owner,
        phase: 'ready',
        spec: JSON.stringify({
          size: 'small',
          controlPlanes: 1,
          workers: 1,
          kubernetesVersion: '1.36.3',
          cni: 'kube-router',
        }),
        pool_id: 'lab',
        vip: `10.${index >> 8}.${index & 255}.254`,
        api_server_ca: 'PEM of the CA',
        ever_ready: true,
        created_at: createdAt,
        updated_at: createdAt,
        ready_at: createdAt + MINUTE_MS,
        expires_at: now + (1 + ((index * 37) % 90)) * DAY_MS,
      },
    ],
    nodes: [node('control-plane', 0), node('worker', 1)],
    operations: [
      {
        id: operationId,
        cluster_id: id,
        kind: 'create',
        status: 'succeeded',
        initiator: owner,
        created_at: createdAt,
        started_at: createdAt,
        finished_at: createdAt + MINUTE_MS,
      },
    ],
    steps: steps.map((step, position) => ({
      operation_id: operationId,
      name: step,
      position,
      title: step,
      status: 'succeeded',
      attempt: 1,
      started_at: createdAt,
      finished_at: createdAt + MINUTE_MS,
    })),
    shares: subject
      ? [
          {
            id: randomUUID(),
            cluster_id: id,
            subject,
            role: 'viewer',
            until: now + 30 * DAY_MS,
            created_at: createdAt,
            created_by: owner,
          },
        ]
      : [],
  };
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
