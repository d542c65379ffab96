import { QUOTA_RESOURCES } from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import { LIVE } from '../engine/operationStates';
import type { Amounts } from './amounts';

/** The phases in which a cluster's machines are switched off: they then use disks and addresses, but no vCPU and no memory. */
const SWITCHED_OFF = ['hibernated'];

/** Whose clusters to count. */
export type UseOf =
  | { environment: string }
  | { environment: string; group: string }
  | { environment: string; person: string };

/**
 * Whom a cluster counts for: the person that it belongs to; or, when it belongs to a group, the person who ordered it.
 */
const PERSON =
  "case when clusters.owner like 'user:%' then clusters.owner else clusters.created_by end";

type Row = Record<keyof Amounts, number | string> & { person?: string };

/** What living clusters use. A cluster lives until its machines are proven gone. */
export async function readUse(knex: Knex, of: UseOf): Promise<Amounts> {
  const query = sums(knex, of.environment);
  if ('group' in of) query.where('clusters.owner', of.group);
  if ('person' in of) query.whereRaw(`${PERSON} = ?`, [of.person]);
  const [row] = (await query) as Row[];
  return toAmounts(row);
}

/** The same for every person of whom there are clusters, by entity ref. */
export async function readUseByPerson(
  knex: Knex,
  environment: string,
): Promise<Map<string, Amounts>> {
  const rows = (await sums(knex, environment)
    .select({ person: knex.raw(PERSON) })
    .groupByRaw(PERSON)) as Row[];
  return new Map(rows.map(row => [row.person!, toAmounts(row)]));
}

function sums(knex: Knex, environment: string): Knex.QueryBuilder {
  const marks = (values: readonly string[]) => values.map(() => '?').join(', ');
  // One that is to wake up counts from when that was accepted.
  const running = (column: string) =>
    knex.raw(
      `sum(case when clusters.phase in (${marks(
        SWITCHED_OFF,
      )}) and not exists (select 1 from operations where operations.cluster_id = clusters.id and operations.kind = 'wake' and operations.status in (${marks(
        LIVE,
      )})) then 0 else ${larger(column)} end)`,
      [...SWITCHED_OFF, ...LIVE],
    );
  return knex('clusters')
    .leftJoin('nodes', join =>
      join.on('nodes.cluster_id', 'clusters.id').andOnNull('nodes.removed_at'),
    )
    .where('clusters.environment', environment)
    .whereNull('clusters.deleted_at')
    .select({
      clusters: knex.raw('count(distinct clusters.id)'),
      nodes: knex.raw('count(nodes.id)'),
      vcpu: running('vcpu'),
      memoryMiB: running('memory_mib'),
      diskGiB: knex.raw(`sum(${larger('disk_gib')})`),
      // Each node has one, and so has the Kubernetes API.
      addresses: knex.raw('count(nodes.id) + count(distinct clusters.id)'),
    });
}

/** A node that is to become another size counts as the larger of both. */
function larger(column: string): string {
  return `(case when coalesce(nodes.wanted_${column}, 0) > nodes.${column} then nodes.wanted_${column} else nodes.${column} end)`;
}

/** Sums over nothing are null, and Postgres gives them as texts. */
function toAmounts(row: Row): Amounts {
  return Object.fromEntries(
    QUOTA_RESOURCES.map(resource => [resource, Number(row[resource] ?? 0)]),
  ) as Amounts;
}
