import { eventually } from '../engineDatabase';
import type { OperationRecord } from '../../records';
import type { CrashScene } from './CrashScene';
import type { WorkerEnd } from './CrashWorker';

/** It died of `kill -9`, or ended in order and in time after SIGTERM. */
export function expectEnd(end: WorkerEnd, signal: 'SIGKILL' | 'SIGTERM'): void {
  expect(end).toMatchObject(
    signal === 'SIGKILL' ? { code: null, signal } : { code: 0, signal: null },
  );
}

/** Nobody holds the lease: the next process goes on at once. */
export async function expectGivenBack(
  scene: CrashScene,
  operationId: string,
): Promise<void> {
  expect(await scene.lease(operationId)).toEqual({
    lease_owner: null,
    lease_until: null,
  });
}

/** Every step in its order, begun once and done, without a gap. */
function expectWholeJournal(operation: OperationRecord): void {
  expect(operation).toMatchObject({
    status: 'succeeded',
    failure: undefined,
    leaseOwner: undefined,
  });
  let last = operation.createdAt;
  for (const step of operation.steps) {
    expect(step).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(step.startedAt).toBeGreaterThanOrEqual(last);
    expect(step.finishedAt).toBeGreaterThanOrEqual(step.startedAt!);
    last = step.finishedAt!;
  }
  expect(operation.finishedAt).toBeGreaterThanOrEqual(last);
}

async function expectNoTools(scene: CrashScene): Promise<void> {
  await eventually(
    async () => (await scene.tools()).length === 0,
    'the end of all tools',
  ).catch(async () => {
    throw new Error(`Left: ${JSON.stringify(await scene.tools())}`);
  });
}

/** The cluster as it was ordered, each machine cloned exactly once, nothing removed, nothing left running. */
export async function expectCreated(
  scene: CrashScene,
  identity: Awaited<ReturnType<CrashScene['identity']>>,
  options: { playbooksKilled?: boolean } = {},
): Promise<void> {
  expectWholeJournal(await scene.operation(scene.creation));
  expect(await scene.bench.db.clusters.get(scene.clusterId)).toMatchObject({
    phase: 'ready',
    everReady: true,
  });
  expect(await scene.identity()).toEqual(identity);
  const nodes = await scene.bench.db.clusters.nodes(scene.clusterId);
  expect(nodes.map(({ state }) => state)).toEqual(nodes.map(() => 'ready'));
  const vmids = identity.map(({ vmid }) => vmid).sort();
  expect((await scene.lab.clones()).sort()).toEqual(vmids);
  expect([...(await scene.lab.machines()).keys()].sort()).toEqual(vmids);
  const removals = (await scene.lab.changes()).filter(
    ({ method }) => method === 'DELETE',
  );
  expect(removals).toEqual([]);
  expect(await scene.free()).toBe(scene.freeBefore - 3);
  // One playbook at a time, and each that was begun ended by itself.
  const runs = options.playbooksKilled ? [] : await scene.playbook();
  expect(runs.length % 2).toBe(0);
  runs.forEach((line, index) =>
    expect(line).toBe(
      index % 2 === 0 ? line : runs[index - 1].replace('begun', 'done'),
    ),
  );
  await expectNoTools(scene);
}

/** Nothing is left but history: each machine removed once, all addresses back. */
export async function expectDeleted(
  scene: CrashScene,
  deletion: string,
): Promise<void> {
  expectWholeJournal(await scene.operation(deletion));
  expect(await scene.bench.db.clusters.get(scene.clusterId)).toMatchObject({
    phase: 'deleted',
  });
  expect((await scene.lab.machines()).size).toBe(0);
  expect(await scene.free()).toBe(scene.freeBefore);
  // The provider's path ends with a slash.
  const removed = (await scene.lab.changes())
    .filter(({ method, status }) => method === 'DELETE' && status === 200)
    .map(({ path }) => Number(/\/qemu\/(\d+)\/?$/.exec(path)?.[1]));
  const vmids = (await scene.identity()).map(({ vmid }) => vmid);
  expect(removed.sort()).toEqual(vmids.sort());
  await expectNoTools(scene);
}
