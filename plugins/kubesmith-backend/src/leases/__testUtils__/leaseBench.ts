import { randomUUID } from 'node:crypto';
import {
  mockServices,
  type TestDatabases,
} from '@backstage/backend-test-utils';
import { DAY_MS } from '../../time';
import { openStores } from '../../__testUtils__/databases';
import { BackupStore } from '../../backups/BackupStore';
import { LIVE } from '../../engine/operationStates';
import {
  OperationRequests,
  type RequestableOperations,
} from '../../operations/requests/OperationRequests';
import { createBackup } from '../../operations/requests/backups/backup';
import { createHibernate } from '../../operations/requests/hibernate';
import { createTransfer } from '../../operations/requests/transfer';
import { createWake } from '../../operations/requests/wake';
import { DeletionService } from '../../orders/DeletionService';
import { PlatformPower } from '../../power/PlatformPower';
import { QuotaStore } from '../../quotas/QuotaStore';
import { Quotas } from '../../quotas/Quotas';
import { RestoreStore } from '../../restore/RestoreStore';
import { SecretStore } from '../../secrets/SecretStore';
import { LeaseClock } from '../LeaseClock';
import { LeaseService } from '../LeaseService';
import { LeaseStore } from '../LeaseStore';
import { LeaseSweeper } from '../LeaseSweeper';
import { NoticeStore } from '../NoticeStore';
import type { LeaseRules } from '../records';

type Message = {
  recipients: { entityRef: string | string[] };
  payload: { title: string; description?: string; scope?: string };
};

/** Clusters whose time runs by a clock that the test sets, and a notification service that is a list. */
export async function leaseBench(
  knex: Awaited<ReturnType<TestDatabases['init']>>,
) {
  const stores = await openStores(knex);
  const { clusters, operations } = stores;
  const logger = mockServices.logger.mock();
  const clock = { database: 1_800_000_000_000, monotonic: 0 };
  const pass = (ms: number) => {
    clock.database += ms;
    clock.monotonic += ms;
  };

  const rules: LeaseRules = { maxLeaseMs: 180 * DAY_MS, graceMs: 7 * DAY_MS };
  const known = { environment: true };
  const rulesOf = async () => (known.environment ? rules : undefined);
  const sent: Message[] = [];
  const post = { isAway: false };
  const notifications = {
    send: async (message: unknown) => {
      if (post.isAway) throw new Error('404 Not Found');
      sent.push(message as Message);
    },
  };
  const audited: unknown[] = [];
  const deleted: string[] = [];
  const leases = new LeaseStore(knex, clusters);
  const deletions = new DeletionService({ clusters, knex, operations });
  const deps = {
    clusters,
    people: { claimsOf: async () => [], knows: async () => true } as never,
    quotas: new Quotas({ knex, store: new QuotaStore(knex) }),
  };
  const backups = new BackupStore(
    knex,
    new SecretStore(knex, [{ id: 'k1', secret: Buffer.alloc(32, 7) }]),
  );
  const requests = new OperationRequests({
    clusters,
    kinds: {
      hibernate: createHibernate(),
      wake: createWake(deps),
      backup: createBackup({ backups }),
      transfer: createTransfer(deps),
    } as RequestableOperations,
    knex,
    operations,
    // There is always room.
    room: {
      view: async () => ({}),
      enter: async () => ({ others: [] }),
      announce() {},
    } as never,
  });
  const power = new PlatformPower({
    audit: { byPlatform: async entry => void audited.push(entry) },
    clusters,
    knex,
    logger,
    operations,
    requests,
    onBegun: () => {},
    onCalledOff: () => {},
  });

  /** A process of the portal, with its own memory of the clocks. */
  const startReplica = () => {
    const leaseClock = new LeaseClock(knex, {
      database: async () => clock.database,
      monotonic: () => clock.monotonic,
    });
    const common = {
      ...{ clock: leaseClock, clusters, deletions, knex, leases, logger },
      ...{ operations, power, quotaLeaseOf: async () => undefined, rulesOf },
    };
    const sweeper = new LeaseSweeper({
      ...common,
      administrators: ['group:default/administrators'],
      audit: { byPlatform: async entry => void audited.push(entry) },
      notices: new NoticeStore(knex),
      notifications: notifications as never,
      restores: new RestoreStore(knex),
      onChange: () => {},
      onDeletion: id => void deleted.push(id),
    });
    return {
      service: new LeaseService(common),
      sweep: () => sweeper.sweep(),
    };
  };
  const { service, sweep } = startReplica();

  let vmid = 30_000;
  /** A ready cluster that was ordered now, for so long. */
  const order = async (leaseMs: number, name = 'demo') => {
    const id = randomUUID();
    await knex.transaction(async tx => {
      await clusters.insert(
        tx,
        {
          id,
          name,
          environment: 'research',
          owner: 'user:default/ada',
          createdBy: 'user:default/ada',
          environmentOwner: 'group:default/researchers',
          spec: {
            size: 'small',
            controlPlanes: 1,
            workers: 0,
            kubernetesVersion: '1.36.3',
            cni: 'kube-router',
          },
          poolId: 'research',
          vip: '10.41.0.10',
          leaseMs,
        },
        [
          {
            id: randomUUID(),
            name: `${name}-cp-1`,
            role: 'control-plane',
            vmid: (vmid += 1),
            host: 'pve1',
            ipAddress: '10.41.0.11',
            macAddress: '02:4B:53:00:00:01',
            smbiosUuid: randomUUID(),
            vcpu: 2,
            memoryMiB: 4096,
            diskGiB: 20,
            operationId: randomUUID(),
          },
        ],
      );
      await operations.insert(tx, {
        id: randomUUID(),
        clusterId: id,
        kind: 'create',
        initiator: 'user:default/ada',
      });
    });
    await knex('operations')
      .where({ cluster_id: id })
      .update({ status: 'succeeded' });
    await clusters.markReady(id);
    await knex('clusters')
      .where({ id })
      .update({
        created_at: clock.database,
        expires_at: clock.database + leaseMs,
      });
    return id;
  };

  /** As the engine does: what was begun succeeds, or fails. */
  const settle = async (status: 'succeeded' | 'failed' = 'succeeded') => {
    for (const kind of ['hibernate', 'wake'] as const) {
      const live = await knex('operations')
        .where({ kind })
        .whereIn('status', LIVE)
        .select('id', 'cluster_id');
      for (const { cluster_id: clusterId, id } of live) {
        const done = kind === 'wake' ? 'ready' : 'hibernated';
        await knex('operations').where({ id }).update({ status });
        await clusters.update(clusterId, {
          phase: status === 'succeeded' ? done : 'failed',
        });
      }
    }
  };

  /** Gives a cluster to somebody else, as its owner does. */
  const give = async (id: string, owner: string) => {
    const operationId = await requests.start({
      clusterId: id,
      request: { kind: 'transfer', owner },
      caller: { userRef: 'user:default/ada', claims: [] },
      requestKey: randomUUID(),
      authorize: () => {},
    });
    await knex('operations')
      .where({ id: operationId })
      .update({ status: 'succeeded' });
  };

  /** Lets time pass with a sweep every so often, as a running portal does. */
  const run = async (ms: number, everyMs = 100 * 60_000) => {
    for (let left = ms; left > 0; left -= everyMs) {
      pass(Math.min(everyMs, left));
      await sweep();
    }
  };

  return {
    ...stores,
    ...{
      audited,
      backups,
      clock,
      deleted,
      deletions,
      give,
      known,
      leases,
      logger,
      order,
    },
    ...{ pass, post, power, rules, run, sent, service, settle },
    ...{ startReplica, sweep },
    /** Kinds of a cluster's operations, newest first. */
    kinds: async (id: string) =>
      (await operations.list(id)).map(({ kind }) => kind),
    /** The titles of what was sent, in order. */
    titles: () => sent.map(({ payload }) => payload.title),
    phase: async (id: string) => (await clusters.get(id))!.phase,
  };
}
