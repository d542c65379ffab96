import { setTimeout as delay } from 'node:timers/promises';
import { describeWithTerraform } from '../steps/__testUtils__/workbench';
import { CrashScene } from './__testUtils__/crash/CrashScene';
import type { CrashWorker } from './__testUtils__/crash/CrashWorker';

jest.setTimeout(20 * 60_000);

const LEASE_MS = 10_000;

/** A virtual machine that is paused, a laptop that sleeps, a process that gets no memory: it goes on long after its lease. */
describeWithTerraform(
  'A process that is stopped for longer than its lease (nodes simulated)',
  () => {
    let scene: CrashScene;

    beforeEach(async () => {
      scene = await CrashScene.create();
    });

    afterEach(async () => {
      await scene.close();
    });

    /** Whoever is stopped while it renews its lease keeps SQLite's only lock, and nobody can take over. Postgres has no such lock. */
    const stopOutsideOfWrites = async (worker: CrashWorker) => {
      for (;;) {
        worker.signal('SIGSTOP');
        if (await scene.canWrite()) return;
        worker.signal('SIGCONT');
        await delay(50);
      }
    };

    /** Each worker is stopped where it is told, and the next one takes over; the last one ends the operation. */
    const stopAt = async (operationId: string, boundaries: string[]) => {
      const stopped: { worker: CrashWorker; at: string }[] = [];
      for (const boundary of boundaries) {
        const worker = scene.worker(operationId, {
          only: boundary,
          timing: { leaseMs: LEASE_MS, renewMs: 1000 },
        });
        const at = await worker.heldAt();
        expect(at).toMatch(new RegExp(boundary));
        await stopOutsideOfWrites(worker);
        stopped.push({ worker, at: at! });
        await scene.leaseIsOver(operationId);
      }
      const last = scene.worker(operationId, { only: 'nothing' });
      expect(await last.heldAt()).toBeUndefined();
      await last.end('SIGTERM');
      expect((await scene.operation(operationId)).status).toBe('succeeded');
      return stopped;
    };

    /** They go on where they were, find out, and nothing is different. */
    const continueAll = async (
      stopped: { worker: CrashWorker; at: string }[],
    ) => {
      const traces = async () => ({
        records: await scene.records(),
        files: await scene.files(),
        machines: await scene.lab.machines(),
        changes: await scene.lab.changes(),
      });
      const before = await traces();
      for (const { worker, at } of stopped) {
        const heard = worker.words.length;
        worker.signal('SIGCONT');
        worker.letGo();
        await worker.hears(
          word => 'loss' in word && worker.words.indexOf(word) >= heard,
          `${worker.pid} notices at '${at}' that others took over`,
        );
      }
      await delay(1500);
      expect(await traces()).toEqual(before);
      for (const { worker } of stopped)
        expect(await worker.end('SIGTERM')).toMatchObject({ code: 0 });
      expect(await scene.tools()).toEqual([]);
    };

    it('writes nothing more once it goes on: no record, no file, no call, no tool', async () => {
      const created = await stopAt(scene.creation, [
        '^create machines: begun, committed$',
        // The last look at the lease before Terraform is started.
        '^create machines: lease #2, committed$',
        '^create kubernetes: lease #1, committed$',
        '^create verify: .*clusters.*, committed$',
      ]);
      await continueAll(created);

      const deletion = await scene.bench.deletion(scene.clusterId);
      const deleted = await stopAt(deletion, [
        '^delete destroy: lease #1, committed$',
        '^delete release: begun, committed$',
      ]);
      await continueAll(deleted);
      expect([...created, ...deleted]).toHaveLength(6);
    });
  },
);
