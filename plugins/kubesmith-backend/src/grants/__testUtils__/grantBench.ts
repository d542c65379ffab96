import { randomUUID } from 'node:crypto';
import {
  mockServices,
  type TestDatabases,
} from '@backstage/backend-test-utils';
import type { GrantRole } from '@kubesmith/plugin-kubesmith-common';
import { openStores } from '../../__testUtils__/databases';
import { FakeKubectlRunner } from '../../__testUtils__/doubles';
import { GrantService } from '../GrantService';
import { GrantSweeper } from '../GrantSweeper';
import { HostKeyAlarm } from '../HostKeyAlarm';

/** Grants on a database of their own, with a kubectl that needs no cluster and a clock that stands still. */
export async function grantBench(
  knex: Awaited<ReturnType<TestDatabases['init']>>,
) {
  const stores = await openStores(knex);
  const { clusters, grants } = stores;
  const kubectl = new FakeKubectlRunner();
  const logger = mockServices.logger.mock();
  const changed = jest.fn();
  const alarm = new HostKeyAlarm({ clusters, changes: { changed }, knex });
  const service = new GrantService({ alarm, grants, kubectl, logger });
  const clock = { now: 0 };
  const sweeper = new GrantSweeper({
    clusters,
    grants,
    logger,
    service,
    now: () => clock.now,
  });

  /** A cluster that is ready. */
  const ready = async (name: string) => {
    const id = randomUUID();
    await knex.transaction(tx =>
      clusters.insert(
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
          leaseMs: 60_000,
        },
        [],
      ),
    );
    await clusters.update(id, { apiServerCa: 'PEM' });
    await clusters.markReady(id);
    return (await clusters.get(id))!;
  };
  const request = {
    userRef: 'user:default/ada',
    role: 'viewer' as GrantRole,
    hours: 1,
  };
  const expire = (id: string) =>
    knex('grants').where({ id }).update({ expires_at: 1 });
  return {
    ...stores,
    changed,
    clock,
    expire,
    knex,
    kubectl,
    logger,
    ready,
    request,
    service,
    sweeper,
  };
}
