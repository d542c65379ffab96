import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mockServices } from '@backstage/backend-test-utils';
import { createTestDatabases, openStores } from '../__testUtils__/databases';
import { engineDatabase } from '../engine/__testUtils__/engineDatabase';
import { LeaseLostError } from '../engine/OperationStore';
import type { ProxmoxClient } from '../tools/proxmox/ProxmoxClient';
import { MachinesInMemory } from './__testUtils__/MachinesInMemory';
import { putBack, snapshot } from './__testUtils__/snapshot';
import { acceptRestored, releaseHeld } from './acceptRestored';
import { writeCard } from './clusterCard';
import { compareRecords } from './compareRecords';
import { describeReport } from './describeReport';
import { readMark, whyRestored, writeMark } from './highWaterMark';
import { RestoreGuard } from './RestoreGuard';
import { isHeld, RestoreStore } from './RestoreStore';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const folders: string[] = [];

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kubesmith-restore-'));
  folders.push(folder);
  return folder;
}

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

describe('The high-water mark', () => {
  const mark = { databaseId: 'a', generation: 2, lastEvent: 100 };

  it.each([
    ['the same', mark, undefined],
    ['a database that went on', { ...mark, lastEvent: 101 }, undefined],
    [
      'a backup',
      { ...mark, lastEvent: 99 },
      expect.stringMatching(/event 99, and event 100/),
    ],
    [
      'an accepted backup, for a replica that was away',
      { ...mark, generation: 3, lastEvent: 50 },
      undefined,
    ],
    [
      'a backup from before the accepted one',
      { ...mark, generation: 1, lastEvent: 200 },
      expect.stringMatching(/older than the last restored backup/),
    ],
    [
      'another database',
      { ...mark, databaseId: 'b' },
      expect.stringMatching(/another database/),
    ],
  ])('should judge %s', (_, database, reason) => {
    expect(whyRestored(mark, database)).toEqual(reason);
  });

  it('should come back as written, and say when it is damaged', async () => {
    const folder = await newFolder();
    await expect(readMark(folder)).resolves.toBeUndefined();
    await writeMark(folder, mark);
    await expect(readMark(folder)).resolves.toEqual(mark);
    const path = join(folder, 'database-mark.json');
    await writeFile(path, (await readFile(path, 'utf8')).slice(0, 20));
    await expect(readMark(folder)).rejects.toThrow(/is damaged. Remove it if/);
  });
});

describe.each(databases.eachSupportedId())('A restored %s', databaseId => {
  async function setUp() {
    const stores = await openStores(await databases.init(databaseId));
    const { config, knex } = stores;
    const db = await engineDatabase(knex);
    const machines = new MachinesInMemory();
    const pool = config.environments.find(({ name }) => name === 'research')!
      .proxmox.pool;
    const folder = await newFolder();
    const logger = mockServices.logger.mock();
    const changed: string[] = [];
    const replica = (dataDirectory: string) => {
      const deps = {
        ...stores,
        environments: config.environments,
        dataDirectory,
        proxmox: machines as unknown as ProxmoxClient,
      };
      const guard = new RestoreGuard({
        ...deps,
        environments: stores.environments,
        logger,
        onClusterChanged: id => changed.push(id),
      });
      const compare = () => compareRecords(deps, new AbortController().signal);
      return { compare, guard, mayClaim: () => guard.mayClaim(compare) };
    };
    /** A cluster whose creation ended, with its machines. */
    const ready = async (name: string) => {
      const { clusterId, operationId } = await db.order({ name });
      const nodes = await stores.clusters.nodes(clusterId);
      nodes.forEach(node => machines.make(node, pool));
      await stores.operations.insertEvent(knex, operationId, {
        level: 'info',
        message: 'made',
      });
      await stores.clusters.markReady(clusterId);
      await knex('operations')
        .where({ id: operationId })
        .update({ status: 'succeeded' });
      await writeCard(folder, (await stores.clusters.get(clusterId))!, nodes);
      return { clusterId, operationId, nodes };
    };
    return {
      ...stores,
      changed,
      db,
      folder,
      logger,
      machines,
      pool,
      ready,
      replica,
      restores: new RestoreStore(knex),
    };
  }

  it('should not alarm for new folders, work of other replicas, or restarts', async () => {
    const { folder, ready, replica, restores } = await setUp();
    const first = replica(folder);
    await expect(first.mayClaim()).resolves.toBe(true);
    await ready('one');
    await expect(first.mayClaim()).resolves.toBe(true);
    const other = replica(await newFolder());
    await expect(other.mayClaim()).resolves.toBe(true);
    await ready('two');
    await expect(other.mayClaim()).resolves.toBe(true);
    await ready('three');
    for (const again of [replica(folder), first, other]) {
      await again.guard.look();
      await expect(again.mayClaim()).resolves.toBe(true);
    }
    expect((await restores.status()).restore).toBeUndefined();
  });

  it('should hold what differs from the machines, let the rest go on, and wait for a person', async () => {
    const t = await setUp();
    const { clusters, knex, machines, operations, pool, restores } = t;
    const replica = t.replica(t.folder);
    const kept = await t.ready('kept');
    const removed = await t.ready('removed');
    const running = await t.db.order({ name: 'running' });
    const lease = (await operations.claim({ owner: 'me', leaseMs: 30_000 }))!;
    expect(lease.operationId).toBe(running.operationId);
    await replica.mayClaim();
    const backup = await snapshot(knex);

    // The world moves on.
    removed.nodes.forEach(({ vmid }) => machines.remove(vmid));
    await clusters.markDeleted(removed.clusterId);
    const unknown = await t.ready('unknown');
    const runningNodes = await clusters.nodes(running.clusterId);
    machines.make(runningNodes[0], pool);
    await expect(replica.mayClaim()).resolves.toBe(true);

    await putBack(knex, backup);
    machines.down = true;
    await expect(replica.mayClaim()).resolves.toBe(false);
    await expect(replica.mayClaim()).resolves.toBe(false);
    expect((await restores.status()).restore).toMatchObject({
      state: 'detected',
      reason: expect.stringMatching(/^The database ends at event \d+, and/),
    });
    const keptNow = async () => clusters.get(kept.clusterId);
    await expect(
      restores.requireForChange(await keptNow()),
    ).rejects.toMatchObject({ code: 'KUBESMITH-DATABASE-RESTORED' });

    // After a restart, with Proxmox back.
    machines.down = false;
    const restarted = t.replica(t.folder);
    await restarted.guard.look();
    await expect(restarted.mayClaim()).resolves.toBe(false);
    await expect(restarted.mayClaim()).resolves.toBe(true);

    expect(await keptNow()).toMatchObject({ phase: 'ready' });
    await restores.requireForChange(await keptNow());
    const gone = (await clusters.get(removed.clusterId))!;
    expect(gone).toMatchObject({
      phase: 'needs-attention',
      failure: {
        code: 'KUBESMITH-DATABASE-RESTORED',
        message: expect.stringMatching(/machine \d+ of removed-cp-1 is gone/),
        nextStep: expect.stringContaining('system administrator'),
      },
    });
    await expect(restores.requireForChange(gone)).rejects.toMatchObject({
      name: 'ServiceUnavailableError',
      message: expect.stringContaining("'removed' is among those that differ"),
    });
    const held = (await clusters.get(running.clusterId))!;
    expect(held.failure!.message).toMatch(
      /an operation \(create\) was going on; machine \d+ of running-cp-1 is there and was not made yet/,
    );
    expect(await operations.get(running.operationId)).toMatchObject({
      status: 'failed',
      failure: { code: 'KUBESMITH-DATABASE-RESTORED' },
    });
    await expect(operations.fenced(lease, async () => {})).rejects.toThrow(
      LeaseLostError,
    );
    await expect(
      operations.claim({ owner: 'me', leaseMs: 1000 }),
    ).resolves.toBeUndefined();
    await expect(restores.requireForOrders()).rejects.toMatchObject({
      code: 'KUBESMITH-DATABASE-RESTORED',
    });
    expect([...t.changed].sort()).toEqual(
      [removed.clusterId, running.clusterId].sort(),
    );
    // The addresses of the cluster that nobody knows any more are not given out.
    const foreign = await knex('ip_addresses').where({ state: 'foreign' });
    expect(foreign.map(({ cluster_id, slot }) => [cluster_id, slot])).toEqual(
      expect.arrayContaining([
        [unknown.clusterId, expect.stringMatching(/^unknown:unknown-/)],
      ]),
    );

    const report = await restarted.compare();
    const told = describeReport(report, [gone, held], undefined).join('\n');
    expect(told).toContain('research/removed (needs-attention)');
    expect(told).toMatch(
      /unknown cluster research\/unknown of user:\S+ \S+, API address 10.40.19.203/,
    );

    // One by itself: it can be deleted now.
    const deps = { ...t, environments: t.config.environments };
    await expect(releaseHeld(deps, gone, report)).resolves.toBe(true);
    expect(await clusters.get(gone.id)).toMatchObject({ phase: 'failed' });

    await acceptRestored(deps, [held], report);
    expect(isHeld((await clusters.get(held.id))!)).toBe(false);
    await restores.requireForOrders();
    expect(await restores.status()).toMatchObject({
      mark: { generation: 2 },
      restore: undefined,
    });
    // Nothing goes on by itself; and the folder, which was ahead, is content.
    await expect(replica.mayClaim()).resolves.toBe(true);
    await expect(t.replica(t.folder).mayClaim()).resolves.toBe(true);
    await expect(
      operations.claim({ owner: 'me', leaseMs: 1000 }),
    ).resolves.toBeUndefined();
    await operations.retry(running.operationId);
    await expect(
      operations.claim({ owner: 'me', leaseMs: 1000 }),
    ).resolves.toMatchObject({ operationId: running.operationId });
    expect(await readMark(t.folder)).toMatchObject({ generation: 2 });
  });

  it('should give addresses back once the unknown machines are gone', async () => {
    const t = await setUp();
    const { config, knex, machines } = t;
    const replica = t.replica(t.folder);
    const backup = await snapshot(knex);
    const unknown = await t.ready('unknown');
    await replica.mayClaim();
    await putBack(knex, backup);
    await replica.mayClaim();
    await replica.mayClaim();
    const foreign = () => knex('ip_addresses').where({ state: 'foreign' });
    expect((await foreign()).length).toBeGreaterThan(0);
    unknown.nodes.forEach(({ vmid }) => machines.remove(vmid));
    await acceptRestored(
      { ...t, environments: config.environments },
      [],
      await replica.compare(),
    );
    expect(await foreign()).toEqual([]);
  });
});
