import { isDeepStrictEqual } from 'node:util';
import {
  type FieldProblem,
  fieldProblem,
  maxClusterNameLength,
} from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { EnvironmentConfig } from '../config/types';
import type { ClusterStore } from '../database/ClusterStore';
import type { ClusterRecord, NodeRecord } from '../database/records';
import { repeatWhenBusy } from '../database/repeatWhenBusy';
import type { OperationStore } from '../engine/OperationStore';
import { conflict, requestRefused } from '../errors/apiErrors';
import { demandOfCluster } from '../orders/demandOf';
import { nameTaken } from '../orders/validateOrder';
import type { CatalogPeople } from '../people/CatalogPeople';
import type { PoolStore } from '../pools/PoolStore';
import type { Quotas } from '../quotas/Quotas';
import { amountsOfCluster } from '../quotas/amounts';
import type { EnvironmentStore } from './EnvironmentStore';
import type { EnvironmentRecord } from './records';

/** Gives a cluster to another environment. Its machines stay as and where they are. */
export class ClusterMover {
  readonly #deps: {
    clusters: ClusterStore;
    knex: Knex;
    operations: OperationStore;
    people: Pick<CatalogPeople, 'claimsOf'>;
    pools: PoolStore;
    quotas: Quotas;
    store: EnvironmentStore;
  };

  constructor(deps: {
    clusters: ClusterStore;
    knex: Knex;
    operations: OperationStore;
    people: Pick<CatalogPeople, 'claimsOf'>;
    pools: PoolStore;
    quotas: Quotas;
    store: EnvironmentStore;
  }) {
    this.#deps = deps;
  }

  /**
   * Moves a cluster. A second call changes nothing.
   *
   * @param check - is told what will be moved where, as of the transaction, and throws when that is not allowed
   * @returns the environment that it came from
   * @throws 400 when the environments do not fit together or a quota of the other one does not hold, 409 when something goes on with the cluster
   */
  async move(
    clusterId: string,
    environment: string,
    check: (cluster: ClusterRecord, target: EnvironmentRecord) => void,
  ): Promise<string> {
    const { clusters, knex, operations, people, pools, quotas, store } =
      this.#deps;
    // The catalog is not asked while everybody else waits; whose a cluster is does not change by the way.
    const { person } = await demandOfCluster(
      (await clusters.get(clusterId))!,
      {},
      people,
    );
    return repeatWhenBusy(() =>
      knex.transaction(async tx => {
        await store.lock(tx);
        await operations.lock(clusterId, tx);
        const all = await store.all(tx);
        const target = all.find(({ name }) => name === environment);
        if (!target || target.retired)
          throw requestRefused([
            fieldProblem('environment', 'KUBESMITH-MOVE-TARGET-UNKNOWN', {
              environment,
            }),
          ]);
        // Orders take names under the lock of their pool.
        await pools.lock(tx, target.pool.name);
        const cluster = (await clusters.get(clusterId, tx))!;
        check(cluster, target);
        if (cluster.environment === environment) return environment;
        const from = all.find(({ name }) => name === cluster.environment);

        const live = await operations.live(clusterId, tx);
        const ending = ['deleting', 'deleted'].includes(cluster.phase);
        if (live.length > 0 || ending)
          throw conflict('KUBESMITH-MOVE-BUSY', {
            name: cluster.name,
            detail: ending
              ? 'it is being deleted'
              : `an operation (${live[0].kind}) goes on`,
          });
        const nodes = await clusters.liveNodes(clusterId, tx);
        const problems = from
          ? moveProblems(cluster, nodes, { from, target })
          : [impossible(environment, 'where it lives now is not known')];
        const place = { environment, name: cluster.name };
        if (await clusters.isNameTaken(place, tx))
          problems.push({ ...nameTaken(place), field: 'environment' });
        if (problems.length > 0) throw requestRefused(problems);
        await quotas.require(tx, {
          environment,
          environmentTitle: target.title,
          environmentOwner: target.owner,
          owner: cluster.owner,
          person,
          amounts: amountsOfCluster(cluster, nodes),
          field: 'environment',
        });

        await clusters.move(tx, clusterId, {
          environment,
          environmentOwner: target.owner,
          name: cluster.name,
        });
        return cluster.environment;
      }),
    );
  }
}

/**
 * Why a cluster cannot live in an environment: its machines are proven ours by their Proxmox pool, and are on a storage, a
 * network and hosts. Their ids may lie outside of the environment's range: they are recorded.
 */
function moveProblems(
  cluster: ClusterRecord,
  nodes: NodeRecord[],
  { from, target }: { from: EnvironmentConfig; target: EnvironmentConfig },
): FieldProblem[] {
  const details: string[] = [];
  if (target.pool.name !== cluster.poolId)
    details.push(
      `its addresses are from the pool '${cluster.poolId}', not from '${target.pool.name}'`,
    );
  for (const [key, what] of [
    ['pool', 'Proxmox pool'],
    ['datastore', 'storage'],
    ['bridge', 'bridge'],
    ['vlan', 'VLAN'],
  ] as const) {
    if (from.proxmox[key] !== target.proxmox[key])
      details.push(
        `its ${what} is ${from.proxmox[key] ?? 'none'}, not ${
          target.proxmox[key] ?? 'none'
        }`,
      );
  }
  const elsewhere = nodes.find(
    ({ host, removedAt }) =>
      removedAt === undefined && !target.proxmox.hosts.includes(host),
  );
  if (elsewhere)
    details.push(
      `${elsewhere.name} is on the host ${elsewhere.host}, which is not one of this environment`,
    );
  if (!isDeepStrictEqual(from.nodeOverrides, target.nodeOverrides))
    details.push('the settings of nodes (nodeOverrides) differ');
  const problems = details.map(detail => impossible(target.name, detail));
  const max = maxClusterNameLength(target.name);
  if (cluster.name.length > max)
    problems.push(
      fieldProblem('environment', 'KUBESMITH-NAME-TOO-LONG', {
        name: cluster.name,
        environment: target.name,
        max,
      }),
    );
  return problems;
}

function impossible(environment: string, detail: string): FieldProblem {
  return fieldProblem('environment', 'KUBESMITH-MOVE-IMPOSSIBLE', {
    environment,
    detail,
  });
}
