import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mockServices } from '@backstage/backend-test-utils';
import createKnex, { type Knex } from 'knex';
import { eventually } from '../engine/__testUtils__/engineDatabase';
import { LabProxmox } from '../steps/__testUtils__/LabProxmox';
import {
  describeWithTerraform,
  Workbench,
} from '../steps/__testUtils__/workbench';
import { acceptRestored } from './acceptRestored';
import { compareRecords } from './compareRecords';
import { RestoreGuard } from './RestoreGuard';
import { RestoreStore } from './RestoreStore';

jest.setTimeout(15 * 60_000);

describeWithTerraform(
  'A SQLite file that was put back, with the real provider',
  () => {
    let folder: string;
    let lab: LabProxmox;
    let knex: Knex;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'kubesmith-backup-'));
      lab = await LabProxmox.start();
    });

    afterEach(async () => {
      await knex.destroy();
      await lab.stop();
      await rm(folder, { recursive: true });
    });

    const file = () => join(folder, 'kubesmith.sqlite');

    /** The backend as it starts on the file, with its own engine. */
    async function start() {
      knex = createKnex({
        client: 'better-sqlite3',
        connection: { filename: file() },
        useNullAsDefault: true,
      });
      const bench = await Workbench.create(knex, lab, {
        dataDirectory: join(folder, 'data'),
      });
      const { environments } = bench.services.config;
      const deps = {
        ...bench.db,
        environments,
        dataDirectory: bench.dataDirectory,
        proxmox: bench.services.proxmox,
      };
      const compare = () => compareRecords(deps, new AbortController().signal);
      const guard = new RestoreGuard({
        ...deps,
        environments: bench.services.environments,
        logger: mockServices.logger.mock(),
        onClusterChanged: () => {},
      });
      return { ...deps, bench, compare, guard };
    }

    it('should destroy and make nothing for clusters that differ, and let others go on', async () => {
      let at = await start();
      const mayClaim = () => at.guard.mayClaim(at.compare);
      at.bench.start(undefined, { mayClaim });
      const kept = await at.bench.order('kept');
      const removed = await at.bench.order('removed');
      for (const { operationId } of [kept, removed])
        expect((await at.bench.finished(operationId)).status).toBe('succeeded');

      // A backup in the middle of an order of which nothing is made yet.
      const unfinished = await at.bench.order('unfinished');
      await at.bench.stop();
      await knex.destroy();
      await copyFile(file(), `${file()}.backup`);

      // The world moves on: that order ends, a cluster goes, another comes.
      at = await start();
      at.bench.start(undefined, { mayClaim });
      await at.bench.finished(unfinished.operationId);
      await at.bench.finished(await at.bench.deletion(removed.clusterId));
      const unknown = await at.bench.order('unknown');
      await at.bench.finished(unknown.operationId);
      await at.bench.stop();
      await knex.destroy();
      await copyFile(`${file()}.backup`, file());

      const machines = await lab.machines();
      const since = await lab.now();
      at = await start();
      at.bench.start(undefined, { mayClaim });
      const { clusters, operations } = at.bench.db;
      await eventually(
        async () =>
          (await new RestoreStore(knex).status()).restore?.state === 'compared',
        'the comparison',
      );
      expect(await clusters.get(kept.clusterId)).toMatchObject({
        phase: 'provisioning',
        failure: undefined,
      });
      expect((await clusters.get(removed.clusterId))!.failure).toMatchObject({
        code: 'KUBESMITH-DATABASE-RESTORED',
        message: expect.stringContaining('of removed-w-1 is gone'),
      });
      expect(await operations.get(unfinished.operationId)).toMatchObject({
        status: 'failed',
        failure: { code: 'KUBESMITH-DATABASE-RESTORED' },
      });
      const report = await at.compare();
      expect(new Set(report.unknown.map(vm => vm.clusterId))).toEqual(
        new Set([unknown.clusterId]),
      );
      expect(report.cards.get(unknown.clusterId)).toMatchObject({
        name: 'unknown',
      });

      // The cluster that agrees can be deleted; nothing else changes.
      await at.bench.finished(await at.bench.deletion(kept.clusterId));
      const gone = (await clusters.nodes(kept.clusterId)).map(
        node => node.vmid,
      );
      expect(gone).toHaveLength(2);
      expect([...(await lab.machines()).keys()].sort()).toEqual(
        [...machines.keys()].filter(vmid => !gone.includes(vmid)).sort(),
      );
      for (const { path } of await lab.changes(since))
        expect(gone.some(vmid => path.includes(`/${vmid}`))).toBe(true);

      // A person accepts, and says for one what shall be done: its machines are found, not made again.
      await acceptRestored(
        at,
        [
          (await clusters.get(removed.clusterId))!,
          (await clusters.get(unfinished.clusterId))!,
        ],
        report,
      );
      const accepted = await lab.now();
      await operations.retry(unfinished.operationId);
      expect(await at.bench.finished(unfinished.operationId)).toMatchObject({
        status: 'succeeded',
      });
      expect(
        (await lab.changes(accepted)).filter(({ path }) =>
          path.endsWith('/clone'),
        ),
      ).toEqual([]);
      await at.bench.stop();
    });
  },
);
