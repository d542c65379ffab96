import { randomUUID } from 'node:crypto';
import { resolvePackagePath } from '@backstage/backend-plugin-api';
import type { OperationKind } from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import { ClusterStore } from '../../database/ClusterStore';
import { OperationStore } from '../OperationStore';

/** The records that tests of the engine begin with. */
export interface EngineDatabase {
  knex: Knex;
  operations: OperationStore;
  clusters: ClusterStore;
  /** A reserved cluster with two nodes and the operation that creates it. */
  order(options?: {
    name?: string;
    taskId?: string;
  }): Promise<{ clusterId: string; operationId: string }>;
  /** One more operation of a cluster. */
  request(
    clusterId: string,
    kind: OperationKind,
    options?: {
      input?: Record<string, unknown>;
      /** Writes what the request itself would, in its transaction. */
      reserve?: (tx: Knex.Transaction, id: string) => Promise<void>;
    },
  ): Promise<string>;
}

let vmid = 20_000;

/** Brings an empty database up to date and fills it on request. */
export async function engineDatabase(knex: Knex): Promise<EngineDatabase> {
  await knex.migrate.latest({
    directory: resolvePackagePath(
      '@kubesmith/plugin-kubesmith-backend',
      'migrations',
    ),
  });
  const operations = new OperationStore(knex);
  const clusters = new ClusterStore(knex);
  await knex('ip_pools')
    .insert({ id: 'lab', cidr: '10.40.19.0/24', first: 1, last: 2, gateway: 3 })
    .onConflict('id')
    .ignore();
  return {
    knex,
    operations,
    clusters,
    async order({ name = 'demo', taskId } = {}) {
      const clusterId = randomUUID();
      const operationId = randomUUID();
      await knex.transaction(async tx => {
        const node = (suffix: string, role: 'control-plane' | 'worker') => ({
          id: randomUUID(),
          name: `${name}-${suffix}`,
          role,
          vmid: vmid++,
          host: 'pve1',
          ipAddress: role === 'worker' ? '10.40.19.202' : '10.40.19.201',
          macAddress: `02:4B:53:00:00:0${role === 'worker' ? 2 : 1}`,
          smbiosUuid: randomUUID(),
          vcpu: 2,
          memoryMiB: 2048,
          diskGiB: 20,
          operationId,
        });
        await clusters.insert(
          tx,
          {
            id: clusterId,
            name,
            environment: 'research',
            owner: 'user:default/student-1',
            createdBy: 'user:default/student-1',
            environmentOwner: 'group:default/instructors',
            spec: {
              size: 'small',
              controlPlanes: 1,
              workers: 1,
              kubernetesVersion: '1.36.3',
              cni: 'kube-router',
            },
            poolId: 'lab',
            vip: '10.40.19.203',
            leaseMs: 1000,
          },
          [node('cp-1', 'control-plane'), node('w-1', 'worker')],
        );
        await operations.insert(tx, {
          id: operationId,
          clusterId,
          kind: 'create',
          initiator: 'user:default/student-1',
          taskId,
        });
      });
      return { clusterId, operationId };
    },
    async request(clusterId, kind, { input, reserve } = {}) {
      const id = randomUUID();
      await knex.transaction(async tx => {
        await operations.insert(tx, {
          id,
          clusterId,
          kind,
          initiator: 'user:default/student-1',
          input,
        });
        await reserve?.(tx, id);
      });
      return id;
    },
  };
}

/** Waits until `probe` gives something, for at most 45 s unless told: a busy machine may take long. */
export async function eventually<T>(
  probe: () => Promise<T | undefined | false>,
  what: string,
  limitMs = 45_000,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}
