import type { Knex } from 'knex';
import { DONE, LIVE } from '../operationStates';

/** What the invariants look at besides the records. */
export interface Surroundings {
  /** Machines that bear our marker, by VMID. */
  machines: Map<number, { vmid: number; name: string }>;
  /** Texts that nobody may find in clear. */
  needles: string[];
}

/**
 * The invariants of a database and its machines that hold at every moment, also between the death of a process and the next one:
 * what is wrong, by their numbers. (iii) for tools, (vi) and (vii) need the course of things and are looked at by who knows it.
 */
export async function brokenInvariants(
  knex: Knex,
  { machines, needles }: Surroundings,
): Promise<string[]> {
  const [clusters, nodes, addresses, operations, steps] = await Promise.all([
    knex('clusters').select('id', 'phase', 'vip'),
    knex('nodes').select('*'),
    knex('ip_addresses').whereIn('state', ['held', 'bound']).select('*'),
    knex('operations').select('*'),
    knex('operation_steps').orderBy(['operation_id', 'position']).select('*'),
  ]);
  const problems: string[] = [];
  const living = new Set(
    clusters.filter(({ phase }) => phase !== 'deleted').map(({ id }) => id),
  );

  // (i) Addresses that are taken are those of living clusters, and each of their nodes has one.
  for (const { address, cluster_id: clusterId } of addresses)
    if (!living.has(clusterId))
      problems.push(`(i) address ${address} is taken by no living cluster`);
  for (const cluster of living) {
    const slots = addresses
      .filter(({ cluster_id: id }) => id === cluster)
      .map(({ slot }) => slot);
    const own = nodes.filter(
      node => node.cluster_id === cluster && node.removed_at === null,
    );
    // Tests that ask for nothing but an operation's course order without addresses.
    if (slots.length === 0 && own.every(({ state }) => state === 'planned'))
      continue;
    const wanted = own.map(({ name }) => name);
    for (const slot of [...wanted, 'vip'])
      if (!slots.includes(slot))
        problems.push(`(i) ${slot} of a living cluster has no address`);
  }

  // (ii) No machine of ours without a record.
  for (const { vmid, name } of machines.values()) {
    const node = nodes.find(
      found =>
        found.vmid === vmid &&
        found.name === name &&
        living.has(found.cluster_id),
    );
    if (!node) problems.push(`(ii) machine ${vmid} (${name}) has no record`);
  }

  // (iii) One operation of a cluster is at work.
  for (const { id } of clusters) {
    const held = operations.filter(
      operation =>
        operation.cluster_id === id &&
        LIVE.includes(operation.status) &&
        operation.lease_owner !== null,
    );
    if (held.length > 1)
      problems.push(`(iii) ${held.length} operations of a cluster are held`);
  }

  // (iv) The journal has no gap.
  for (const { id, status, kind } of operations) {
    const own = steps.filter(step => step.operation_id === id);
    const firstOpen = own.findIndex(step => !DONE.includes(step.status));
    const begunBehind = own
      .slice(firstOpen + 1)
      .some(step => firstOpen >= 0 && step.started_at !== null);
    if (begunBehind) problems.push(`(iv) ${kind}: a step was left out`);
    if (status === 'succeeded' && firstOpen >= 0)
      problems.push(`(iv) ${kind} succeeded with a step that is not done`);
    for (const step of own)
      if (step.status === 'succeeded' && step.finished_at < step.started_at)
        problems.push(`(iv) ${kind} ${step.name} ended before it began`);
  }

  // (v) Nothing secret in clear.
  const events = await knex('operation_events').select('message');
  const secrets = await knex('secrets').select('ciphertext');
  const text = JSON.stringify([operations, steps, events, secrets, nodes]);
  for (const needle of needles)
    if (text.includes(needle)) problems.push('(v) a secret lies open');
  return problems;
}
