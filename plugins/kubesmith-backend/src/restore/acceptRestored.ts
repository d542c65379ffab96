import type { Failure } from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { EnvironmentConfig } from '../config/types';
import type { ClusterStore } from '../database/ClusterStore';
import type { ClusterRecord } from '../database/records';
import type { OperationStore } from '../engine/OperationStore';
import type { RestoreReport } from './compareRecords';
import { isHeld, RestoreStore } from './RestoreStore';
import { takeUnknownAddresses } from './unknownAddresses';

const ACCEPTED: Failure = {
  code: 'KUBESMITH-DATABASE-RESTORED',
  class: 'permanent',
  message:
    'The records were restored from a backup; an administrator compared them with the machines.',
  nextStep: 'Retry to go on where it stopped, or delete the cluster.',
};

/** What accepting works with. */
export interface AcceptanceDeps {
  knex: Knex;
  clusters: ClusterStore;
  operations: OperationStore;
  environments: EnvironmentConfig[];
}

/** Lets one held cluster be changed again: by "Retry" or by a deletion, never by itself. Returns whether it was held. */
export async function releaseHeld(
  deps: AcceptanceDeps,
  cluster: ClusterRecord,
  report: RestoreReport,
): Promise<boolean> {
  const { clusters, knex, operations } = deps;
  return knex.transaction(async tx => {
    await clusters.lock(cluster.id, tx);
    const current = await clusters.get(cluster.id, tx);
    if (!current || !isHeld(current)) return false;
    const [latest] = await operations.list(cluster.id, tx);
    const agrees =
      current.everReady &&
      latest?.status === 'succeeded' &&
      !report.affected.some(({ cluster: { id } }) => id === cluster.id);
    const nodes = await clusters.liveNodes(cluster.id, tx);
    const isOff =
      nodes.length > 0 && nodes.every(({ state }) => state === 'stopped');
    await clusters.update(
      cluster.id,
      agrees
        ? { phase: isOff ? 'hibernated' : 'ready', failure: null }
        : { phase: 'failed', failure: ACCEPTED },
      tx,
    );
    return true;
  });
}

/** Accepts the database as it is: releases all held clusters and allows orders again. Returns the released clusters. */
export async function acceptRestored(
  deps: AcceptanceDeps,
  held: ClusterRecord[],
  report: RestoreReport,
): Promise<ClusterRecord[]> {
  const released: ClusterRecord[] = [];
  for (const cluster of held)
    if (await releaseHeld(deps, cluster, report)) released.push(cluster);
  await deps.knex.transaction(async tx => {
    await new RestoreStore(tx).accepted(tx);
    await takeUnknownAddresses(tx, deps.environments, report);
  });
  return released;
}
