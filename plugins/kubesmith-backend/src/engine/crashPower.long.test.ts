/** A backend that is killed when a cluster is sent to sleep and when it is woken (nodes simulated). */
import { describeWithTerraform } from '../steps/__testUtils__/workbench';
import { CrashScene } from './__testUtils__/crash/CrashScene';

jest.setTimeout(20 * 60_000);

/** Where machines are noted as off or on, and where steps and operations end. */
const WRITES = /: (done|closed)|nodes\(state/;

describeWithTerraform(
  'A backend that ends in the middle of sleeping and waking (nodes simulated)',
  () => {
    let scene: CrashScene;

    afterEach(async () => {
      await scene?.close();
    });

    it('SIGKILL where machines are noted and steps end, before each commit and after it', async () => {
      scene = await CrashScene.create();
      await scene.chain({
        operationId: scene.creation,
        signal: 'SIGKILL',
        only: /^never/,
      });
      const { clusters } = scene.bench.db;
      const identity = await scene.identity();
      const machines = [...(await scene.lab.machines()).keys()];
      const states = async () =>
        (await clusters.nodes(scene.clusterId)).map(({ state }) => state);
      /** Switched once each, whatever was killed in between. */
      const switched = async (since: number, what: string) =>
        (await scene.lab.changes(since))
          .filter(({ path, status }) => path.endsWith(what) && status === 200)
          .map(({ path }) => Number(/\/qemu\/(\d+)\//.exec(path)?.[1]))
          .sort();

      let at = await scene.lab.now();
      const hibernation = await scene.bench.db.request(
        scene.clusterId,
        'hibernate',
      );
      const slept = await scene.chain({
        operationId: hibernation,
        signal: 'SIGKILL',
        only: WRITES,
      });
      expect(await scene.operation(hibernation)).toMatchObject({
        status: 'succeeded',
      });
      expect(await states()).toEqual(['stopped', 'stopped']);
      expect((await clusters.get(scene.clusterId))?.phase).toBe('hibernated');
      expect(await switched(at, '/status/shutdown')).toEqual(
        [...machines].sort(),
      );

      at = await scene.lab.now();
      const waking = await scene.bench.db.request(scene.clusterId, 'wake');
      const woke = await scene.chain({
        operationId: waking,
        signal: 'SIGKILL',
        only: WRITES,
      });
      expect(await scene.operation(waking)).toMatchObject({
        status: 'succeeded',
      });
      expect(await states()).toEqual(['ready', 'ready']);
      expect((await clusters.get(scene.clusterId))?.phase).toBe('ready');
      expect(await switched(at, '/status/start')).toEqual([...machines].sort());

      for (const [boundaries, kind, steps] of [
        [slept, 'hibernate', ['workers', 'control-plane']],
        [woke, 'wake', ['control-plane', 'workers', 'verify']],
      ] as const)
        for (const step of steps)
          for (const fate of ['before the commit', 'committed'])
            expect(boundaries).toContain(`${kind} ${step}: done, ${fate}`);
      expect(slept).toContainEqual(
        expect.stringMatching(/^hibernate workers: nodes\(state\).*committed$/),
      );
      expect(await scene.identity()).toEqual(identity);
      expect([...(await scene.lab.machines()).keys()]).toEqual(machines);
    });
  },
);
