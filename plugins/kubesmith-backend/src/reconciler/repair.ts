import type { Knex } from 'knex';
import type { ClusterStore } from '../database/ClusterStore';
import type { ClusterRecord, NodeRecord } from '../database/records';
import { repeatWhenBusy } from '../database/repeatWhenBusy';
import type { OperationStore } from '../engine/OperationStore';
import type { PoolStore } from '../pools/PoolStore';
import type { SecretStore } from '../secrets/SecretStore';
import { surveyNode } from '../steps/machines/survey';
import { asFarAsKnown } from '../steps/removal/asFarAsKnown';
import { removeProven } from '../steps/removal/removeDirectly';
import type { EnvironmentSource } from '../environments/Environments';
import { parseMarker } from '../tools/proxmox/marker';
import { PveError } from '../tools/proxmox/PveError';
import type { Machines, Repair } from './records';

/** What repairs work with. */
export interface RepairDeps {
  clusters: ClusterStore;
  environments: EnvironmentSource;
  knex: Knex;
  machines: Machines;
  operations: OperationStore;
  pools: PoolStore;
  secrets: Pick<SecretStore, 'delete'>;
  /** Called when something changed that a cluster's page shows. */
  onChange: (clusterId: string) => void;
}

/** How a repair is guarded. */
export interface RepairGuard {
  signal: AbortSignal;
  /** Fails when somebody else looks now. */
  beforeEffect: (tx?: Knex) => Promise<void>;
}

/**
 * Does what puts a finding right, after proving once more that it may.
 *
 * @returns what was done, a sentence; undefined when there was nothing to do any more
 * @throws what Proxmox or the database says, and RepairRefused
 */
export async function repair(
  deps: RepairDeps,
  wanted: Repair,
  guard: RepairGuard,
): Promise<string | undefined> {
  switch (wanted.what) {
    case 'remove-machine':
      return removeMachine(deps, wanted, guard);
    case 'follow-host':
      return followHost(deps, wanted, guard);
    case 'withhold-address':
      return withholdAddress(deps, wanted, guard);
    case 'free-addresses':
      return freeAddresses(deps, wanted, guard);
    default:
      return forgetSecrets(deps, wanted, guard);
  }
}

/** Why a repair is not made; the finding stays. */
export class RepairRefused extends Error {
  override readonly name = 'RepairRefused';
}

async function removeMachine(
  { clusters, knex, machines, operations }: RepairDeps,
  { node, pool }: Extract<Repair, { what: 'remove-machine' }>,
  { beforeEffect, signal }: RepairGuard,
): Promise<string | undefined> {
  const mayRemove = (tx: Knex.Transaction) =>
    requireUnused(tx, { clusters, operations }, node);
  const isRemoved = await removeProven({
    proxmox: machines,
    node,
    pool,
    signal,
    beforeEffect: () =>
      repeatWhenBusy(() =>
        knex.transaction(async tx => {
          await beforeEffect(tx);
          await mayRemove(tx);
        }),
      ),
  });
  return isRemoved
    ? `The machine ${node.vmid} (${node.name}) was removed.`
    : undefined;
}

/** Nobody has the machine's id now, or is about to have: the node is still removed, and nothing goes on with its cluster. */
async function requireUnused(
  tx: Knex.Transaction,
  stores: Pick<RepairDeps, 'clusters' | 'operations'>,
  node: NodeRecord,
): Promise<void> {
  const { clusterId, name, vmid } = node;
  const reserved = await stores.clusters.reservations(tx);
  if (reserved.vmids.has(vmid))
    throw new RepairRefused(
      `A node of another cluster has the machine id ${vmid} now. Remove the machine by hand.`,
    );
  const [current] = (await stores.clusters.nodes(clusterId, tx)).filter(
    one => one.name === name && one.id === node.id,
  );
  if (current?.removedAt === undefined)
    throw new RepairRefused(`The node ${name} is not a removed one any more.`);
  if ((await stores.operations.live(clusterId, tx)).length > 0)
    throw new RepairRefused('An operation on its cluster is going on.');
}

async function followHost(
  { clusters, knex, machines, onChange, operations }: RepairDeps,
  { host, node, pool }: Extract<Repair, { what: 'follow-host' }>,
  { beforeEffect, signal }: RepairGuard,
): Promise<string | undefined> {
  const vm = (await machines.vms({ signal })).find(
    ({ vmid }) => vmid === node.vmid,
  );
  const finding = await surveyNode(
    machines,
    asFarAsKnown(node),
    vm,
    pool,
    signal,
  );
  if (finding.state !== 'ours' || finding.vm.node !== host) return undefined;
  const isDone = await repeatWhenBusy(() =>
    knex.transaction(async tx => {
      await beforeEffect(tx);
      await operations.lock(node.clusterId, tx);
      if ((await operations.live(node.clusterId, tx)).length > 0) return false;
      await clusters.updateNode(node.clusterId, node.name, { host }, tx);
      return true;
    }),
  );
  if (!isDone) return undefined;
  onChange(node.clusterId);
  return `The record of ${node.name} says ${host} now.`;
}

async function withholdAddress(
  { knex, pools }: RepairDeps,
  { address, poolId }: Extract<Repair, { what: 'withhold-address' }>,
  { beforeEffect }: RepairGuard,
): Promise<string> {
  await repeatWhenBusy(() =>
    knex.transaction(async tx => {
      await beforeEffect(tx);
      await pools.lock(tx, poolId);
      await pools.markForeign(tx, poolId, [address]);
    }),
  );
  return `The pool does not give out ${address} for a day.`;
}

async function freeAddresses(
  deps: RepairDeps,
  { clusterId }: Extract<Repair, { what: 'free-addresses' }>,
  guard: RepairGuard,
): Promise<string | undefined> {
  return forDeleted(deps, clusterId, guard, async ({ name }, tx) => {
    await deps.pools.release(clusterId, tx);
    return `The addresses of the cluster '${name}' were given back.`;
  });
}

async function forgetSecrets(
  deps: RepairDeps,
  { clusterId }: Extract<Repair, { what: 'forget-secrets' }>,
  guard: RepairGuard,
): Promise<string | undefined> {
  return forDeleted(deps, clusterId, guard, async ({ name }, tx) => {
    await deps.secrets.delete(clusterId, undefined, tx);
    return `Keys and state of the cluster '${name}' were removed.`;
  });
}

/** Does something for a deleted cluster in a transaction, when Proxmox says that none of its machines is there. */
async function forDeleted(
  { clusters, environments, knex, machines }: RepairDeps,
  clusterId: string,
  { beforeEffect, signal }: RepairGuard,
  effect: (cluster: ClusterRecord, tx: Knex.Transaction) => Promise<string>,
): Promise<string | undefined> {
  const cluster = await clusters.get(clusterId);
  const environment = cluster && (await environments.find(cluster.environment));
  if (!environment)
    throw new RepairRefused(
      'Its environment is not there any more, so nobody can tell whether its machines are gone.',
    );
  const vms = new Map(
    (await machines.vms({ signal })).map(vm => [vm.vmid, vm]),
  );
  for (const node of await clusters.nodes(clusterId)) {
    const vm = vms.get(node.vmid);
    if (!vm && (await machines.isFree(node.vmid, { signal }))) continue;
    if (!vm || !(await isStrangers(machines, vm, clusterId, signal)))
      throw new RepairRefused(
        `There is a machine ${node.vmid}, which may be ${node.name}.`,
      );
  }
  return repeatWhenBusy(() =>
    knex.transaction(async tx => {
      await beforeEffect(tx);
      await clusters.lock(clusterId, tx);
      const current = await clusters.get(clusterId, tx);
      return current?.phase === 'deleted' ? effect(current, tx) : undefined;
    }),
  );
}

/** Whether a machine bears the mark of another cluster: the id was used again. */
async function isStrangers(
  machines: Machines,
  vm: { node: string; vmid: number },
  clusterId: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const config = await machines.vmConfig(vm.node, vm.vmid, { signal });
    const marker = parseMarker(config.description);
    return marker !== undefined && marker.clusterId !== clusterId;
  } catch (error) {
    if (error instanceof PveError && error.isMissing) return true;
    throw error;
  }
}
