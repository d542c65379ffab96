import { createTestDatabases } from '../__testUtils__/databases';
import { operationPlans } from '../operations/plans';
import { describeWithTerraform } from '../steps/__testUtils__/workbench';
import { CrashScene } from './__testUtils__/crash/CrashScene';
import type { CrashWorker } from './__testUtils__/crash/CrashWorker';
import { expectCreated, expectDeleted } from './__testUtils__/crash/endings';

// A busy machine may take ten times as long as a quiet one.
jest.setTimeout(40 * 60_000);

const databases = createTestDatabases();
const FATES = ['before the commit', 'committed'];
/**
 * A process that is asked to end finishes what is nearly finished: what is not committed yet is no boundary of its own, and
 * after the last write of a step its end follows in the same process. So each kind of write has a cluster of its own.
 */
const ASKED_TO_END: [string, RegExp][] = [
  ['claims and begins', /: begun, committed$|claim/],
  ['ends of steps', /: done, committed$/],
  ['ends of operations', /: closed, committed$/],
];
const WITHIN_STEPS = /#\d+, committed$/;
/** Where steps and operations begin and end. */
const OUTLINE = /: (begun|done|closed), committed$|claim/;

/** What must be among the boundaries of an operation, whatever its steps write besides. */
function expectedBoundaries(
  kind: keyof typeof operationPlans,
  only = /./,
): string[] {
  const [, ...steps] = operationPlans[kind];
  const writes = [
    ...steps.flatMap(({ name }) => [
      `${kind} ${name}: begun`,
      `${kind} ${name}: done`,
    ]),
    `${kind}: closed`,
  ];
  return [
    `${kind}: claim, before it is asked for`,
    `${kind}: claim, committed`,
    ...writes.flatMap(write => FATES.map(fate => `${write}, ${fate}`)),
  ].filter(boundary => only.test(boundary));
}

describeWithTerraform(
  'A backend that ends at every boundary of the journal (nodes simulated)',
  () => {
    let scene: CrashScene;

    afterEach(async () => {
      await scene?.close();
    });

    /** Creates and deletes a cluster with a crash at every boundary; returns all that were hit. */
    const throughEveryBoundary = async (
      signal: 'SIGKILL' | 'SIGTERM',
      only?: RegExp,
    ) => {
      const identity = await scene.identity();
      const held = scene.freeBefore - 3;
      const created = await scene.chain(
        { operationId: scene.creation, signal, only },
        async () => {
          expect(await scene.free()).toBe(held);
          expect(await scene.identity()).toEqual(identity);
        },
      );
      await expectCreated(scene, identity);
      const deletion = await scene.bench.deletion(scene.clusterId);
      const deleted = await scene.chain(
        { operationId: deletion, signal, only },
        async boundary => {
          const machines = (await scene.lab.machines()).size;
          const free = await scene.free();
          // An address comes free when no machine is left, and only with the record's end.
          if (free !== held) {
            expect(machines).toBe(0);
            expect(free).toBe(scene.freeBefore);
          }
          if (/destroy|claim/.test(boundary)) expect(free).toBe(held);
        },
      );
      await expectDeleted(scene, deletion);
      return { created, deleted };
    };

    /** Not only begins and ends. */
    const expectWritesWithinSteps = (
      created: string[],
      deleted: string[],
      release = /^delete release: .*clusters\(.*\).*, committed$/,
    ) => {
      for (const write of [
        /^create machines: nodes\(.*state.*\) #2, committed$/,
        /^create machines: lease #\d, committed$/,
        /^create machines: .*ip_addresses\(.*\).*, committed$/,
        /^create kubernetes: lease #1, committed$/,
        /^create verify: .*clusters\(.*\).*, committed$/,
        /^create activate: .*clusters\(.*\).*, committed$/,
      ])
        expect(created).toContainEqual(expect.stringMatching(write));
      for (const write of [/^delete destroy: lease #1, committed$/, release])
        expect(deleted).toContainEqual(expect.stringMatching(write));
    };

    it('SIGKILL on SQLite, at every write, before its commit and after it', async () => {
      scene = await CrashScene.create();
      const { created, deleted } = await throughEveryBoundary('SIGKILL');
      expect(created).toEqual(
        expect.arrayContaining(expectedBoundaries('create')),
      );
      expect(deleted).toEqual(
        expect.arrayContaining(expectedBoundaries('delete')),
      );
      expectWritesWithinSteps(created, deleted);
      expect(created).toContainEqual(
        expect.stringMatching(
          /^create machines: insert operation_events #\d, committed$/,
        ),
      );
    });

    it.each(ASKED_TO_END)('SIGTERM on SQLite, at %s', async (_, only) => {
      scene = await CrashScene.create();
      const { created, deleted } = await throughEveryBoundary('SIGTERM', only);
      expect([...created].sort()).toEqual(
        expectedBoundaries('create', only).sort(),
      );
      expect([...deleted].sort()).toEqual(
        expectedBoundaries('delete', only).sort(),
      );
    });

    it('SIGTERM on SQLite, at writes within steps', async () => {
      scene = await CrashScene.create();
      const { created, deleted } = await throughEveryBoundary(
        'SIGTERM',
        WITHIN_STEPS,
      );
      expect(created.length * deleted.length).toBeGreaterThan(0);
      // Asked to end at its first write, the step is done with its last one before it lets go.
      expectWritesWithinSteps(
        created,
        deleted,
        /^delete release: .*, committed$/,
      );
    });

    it('kill -9 of the backend with all its tools, as when a container is killed', async () => {
      scene = await CrashScene.create();
      // However late this process looks, Terraform is still at it.
      await scene.lab.fault({
        method: 'POST',
        path: '/nodes/*/qemu/9000/clone',
        count: 2,
        effect: { kind: 'slow-task', ms: 20_000 },
      });
      const identity = await scene.identity();
      const victims: string[] = [];
      const killTools = async (boundary: string, worker: CrashWorker) => {
        worker.signal('SIGSTOP');
        const tools = await scene.tools();
        for (const { pid } of tools) {
          try {
            process.kill(pid, 'SIGKILL');
          } catch {
            // It ended by itself.
          }
        }
        const programs = ['provider', 'terraform', 'Playbook', 'supervise'];
        for (const program of programs)
          if (tools.some(({ command }) => command.includes(program)))
            victims.push(`${boundary.split(':')[0]}: ${program}`);
      };
      await scene.chain(
        {
          operationId: scene.creation,
          signal: 'SIGKILL',
          only: /^create (machines: nodes\(.*#[12], committed|kubernetes: insert .*#1, before)/,
        },
        killTools,
      );
      await expectCreated(scene, identity, { playbooksKilled: true });
      const deletion = await scene.bench.deletion(scene.clusterId);
      await scene.chain(
        {
          operationId: deletion,
          signal: 'SIGKILL',
          only: /^delete destroy: insert .*#1, before/,
        },
        killTools,
      );
      await expectDeleted(scene, deletion);
      expect(victims).toEqual(
        expect.arrayContaining([
          'create machines: terraform',
          'create machines: supervise',
          'create kubernetes: Playbook',
          'create kubernetes: supervise',
        ]),
      );
    });

    it('SIGKILL on Postgres, where steps begin and end', async () => {
      scene = await CrashScene.create(await databases.init('POSTGRES_17'));
      const { created, deleted } = await throughEveryBoundary(
        'SIGKILL',
        OUTLINE,
      );
      expect([...created].sort()).toEqual(
        expectedBoundaries('create', OUTLINE).sort(),
      );
      expect([...deleted].sort()).toEqual(
        expectedBoundaries('delete', OUTLINE).sort(),
      );
    });
  },
);
