/* eslint jest/expect-expect: ['warn', { assertFunctionNames: ['expect', 'expectWrites'] }] */
import { createTestDatabases } from '../__testUtils__/databases';
import { describeWithTerraform } from '../steps/__testUtils__/workbench';
import { CrashScene } from './__testUtils__/crash/CrashScene';
import { requestScale } from './__testUtils__/crash/requestScale';

// A busy machine may take ten times as long as a quiet one.
jest.setTimeout(30 * 60_000);

const databases = createTestDatabases();
const NEVER = /^$/;

describeWithTerraform(
  'Scaling by a backend that ends at every boundary of the journal (nodes simulated)',
  () => {
    let scene: CrashScene;

    afterEach(async () => {
      await scene?.close();
    });

    const nodes = async () =>
      (await scene.bench.db.clusters.liveNodes(scene.clusterId)).map(
        ({ name, state }) => `${name} ${state}`,
      );
    const cluster = async () =>
      (await scene.bench.db.clusters.get(scene.clusterId))!;
    /** Machines that have a record, and records that have a machine. */
    const machines = async () =>
      [...(await scene.lab.machines()).keys()].sort();
    const recorded = async () =>
      (await scene.bench.db.clusters.liveNodes(scene.clusterId))
        .map(({ vmid }) => vmid)
        .sort();

    const throughEveryBoundary = async (signal: 'SIGKILL' | 'SIGTERM') => {
      const { bench, clusterId } = scene;
      await scene.chain({ operationId: scene.creation, signal, only: NEVER });
      const [cp, first] = await scene.identity();

      const more = await requestScale(bench, clusterId, { workers: 3 });
      const held = scene.freeBefore - 5;
      const added = await scene.chain(
        { operationId: more, signal },
        async () => {
          expect(await scene.free()).toBe(held);
          expect((await scene.identity()).slice(0, 2)).toEqual([cp, first]);
          expect(['ready', 'updating']).toContain((await cluster()).phase);
        },
      );
      expect(await scene.operation(more)).toMatchObject({
        status: 'succeeded',
      });
      expect(await nodes()).toEqual([
        'demo-cp-1 ready',
        'demo-w-1 ready',
        'demo-w-2 ready',
        'demo-w-3 ready',
      ]);
      expect(await cluster()).toMatchObject({
        phase: 'ready',
        spec: { workers: 3 },
      });
      expect(await machines()).toEqual(await recorded());
      // Each of them once, whatever happened in between.
      expect((await scene.lab.clones()).sort()).toEqual(await recorded());

      const gone = (await scene.identity()).filter(({ name }) =>
        ['demo-w-1', 'demo-w-3'].includes(name),
      );
      const fewer = await requestScale(bench, clusterId, {
        workers: 1,
        remove: ['demo-w-1'],
      });
      const removed = await scene.chain(
        { operationId: fewer, signal },
        async () => {
          const left = await machines();
          // An address comes free only when its machine is gone.
          const back = (await scene.free()) - held;
          expect(back).toBeLessThanOrEqual(4 - left.length);
          expect(left).toEqual(
            expect.arrayContaining([
              cp.vmid,
              (await scene.identity()).find(({ name }) => name === 'demo-w-2')!
                .vmid,
            ]),
          );
        },
      );
      expect(await scene.operation(fewer)).toMatchObject({
        status: 'succeeded',
        steps: expect.arrayContaining([
          expect.objectContaining({ name: 'machines', status: 'skipped' }),
        ]),
      });
      expect(await nodes()).toEqual(['demo-cp-1 ready', 'demo-w-2 ready']);
      expect(await machines()).toEqual(await recorded());
      expect(await scene.free()).toBe(held + 2);
      expect((await cluster()).spec.workers).toBe(1);
      const deletions = (await scene.lab.changes())
        .filter(({ method, status }) => method === 'DELETE' && status === 200)
        .map(({ path }) => Number(/\/qemu\/(\d+)\/?$/.exec(path)?.[1]));
      expect(deletions.sort()).toEqual(gone.map(({ vmid }) => vmid).sort());

      // Numbers are never given again.
      const again = await requestScale(bench, clusterId, { workers: 2 });
      await scene.chain({ operationId: again, signal, only: NEVER });
      expect(await nodes()).toEqual([
        'demo-cp-1 ready',
        'demo-w-2 ready',
        'demo-w-4 ready',
      ]);
      expect(await machines()).toEqual(await recorded());

      const deletion = await bench.deletion(clusterId);
      await scene.chain({ operationId: deletion, signal, only: NEVER });
      expect(await machines()).toEqual([]);
      expect(await scene.free()).toBe(scene.freeBefore);
      return { added, removed };
    };

    /** Not only begins and ends. */
    const expectWrites = ({
      added,
      removed,
    }: {
      added: string[];
      removed: string[];
    }) => {
      for (const step of ['machines', 'kubernetes', 'verify'])
        for (const write of ['begun', 'done'])
          for (const fate of ['before the commit', 'committed'])
            expect(added).toContain(`scale ${step}: ${write}, ${fate}`);
      for (const step of ['drain', 'remove'])
        for (const write of ['begun', 'done'])
          for (const fate of ['before the commit', 'committed'])
            expect(removed).toContain(`scale ${step}: ${write}, ${fate}`);
      expect(removed).toContainEqual(
        expect.stringMatching(
          /^scale drain: .*nodes\(.*state.*\).*, committed$/,
        ),
      );
      expect(removed).toContainEqual(
        expect.stringMatching(/^scale remove: .*ip_addresses.*, committed$/),
      );
    };

    it('SIGKILL on SQLite, at every write, before its commit and after it', async () => {
      scene = await CrashScene.create();
      expectWrites(await throughEveryBoundary('SIGKILL'));
    });

    if (databases.eachSupportedId().some(([id]) => id.startsWith('POSTGRES')))
      it('SIGKILL on Postgres', async () => {
        scene = await CrashScene.create(await databases.init('POSTGRES_17'));
        expectWrites(await throughEveryBoundary('SIGKILL'));
      });
  },
);
