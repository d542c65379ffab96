import { describeWithTerraform } from '../steps/__testUtils__/workbench';
import { CrashScene } from './__testUtils__/crash/CrashScene';
import { expectCreated, expectDeleted } from './__testUtils__/crash/endings';

jest.setTimeout(300_000);

/** A few boundaries; all of them are in crash.long.test.ts. */
describeWithTerraform(
  'A backend that ends in the middle of its work (nodes simulated)',
  () => {
    let scene: CrashScene;

    beforeEach(async () => {
      scene = await CrashScene.create();
    });

    afterEach(async () => {
      await scene.close();
    });

    it('should be gone on with by the next one, after kill -9 and after SIGTERM', async () => {
      const identity = await scene.identity();
      expect(
        await scene.chain({
          operationId: scene.creation,
          signal: 'SIGKILL',
          // Terraform works on the first machine; the playbook has run and nobody noted it.
          only: /^create (machines: nodes\([^)]*\) #1, committed|kubernetes: done, before)/,
        }),
      ).toEqual([
        expect.stringMatching(/^create machines: nodes\(.*\) #1, committed$/),
        'create kubernetes: done, before the commit',
      ]);
      await expectCreated(scene, identity);

      const deletion = await scene.bench.deletion(scene.clusterId);
      expect(
        await scene.chain({
          operationId: deletion,
          signal: 'SIGTERM',
          only: /^delete destroy: (begun|done), committed/,
        }),
      ).toEqual([
        'delete destroy: begun, committed',
        'delete destroy: done, committed',
      ]);
      await expectDeleted(scene, deletion);
    });
  },
);
