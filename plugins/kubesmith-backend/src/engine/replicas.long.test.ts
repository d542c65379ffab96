/**
 * Two backend processes with data directories of their own on one Postgres: what one of them leaves in the middle, the other
 * one finishes, and each machine is cloned once. (Nodes simulated; Terraform, provider and database are the real ones.)
 */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TestDatabases } from '@backstage/backend-test-utils';
import { parseState } from '../tools/terraform/state';
import { describeWithTerraform } from '../steps/__testUtils__/workbench';
import { CrashScene } from './__testUtils__/crash/CrashScene';
import type { CrashWorker } from './__testUtils__/crash/CrashWorker';

jest.setTimeout(5 * 60_000);

const databases = TestDatabases.create({ ids: ['POSTGRES_17'] });
const TIMING = { leaseMs: 4000, renewMs: 1000 };
const TOOLS = { unattendedMs: 1500, graceMs: 4000, marginMs: 10_000 };
const CLONE = { method: 'POST', path: '/nodes/*/qemu/9000/clone' };
const FIRST_MACHINE = /^create machines: nodes\([^)]*\) #1, committed$/.source;

interface Run {
  tool: string;
  begun: string;
  ended: string;
}

describeWithTerraform('Two replicas with their own data directories', () => {
  let scene: CrashScene;
  let places: Record<'a' | 'b', string>;

  beforeEach(async () => {
    scene = await CrashScene.create(await databases.init('POSTGRES_17'));
    places = { a: join(scene.folder, 'a'), b: join(scene.folder, 'b') };
    for (const place of Object.values(places)) await mkdir(place);
  });

  afterEach(async () => {
    await scene.close();
  });

  const start = (
    place: keyof typeof places,
    operationId: string,
    only = 'nothing',
  ): CrashWorker =>
    scene.worker(operationId, {
      dataDirectory: places[place],
      only,
      timing: TIMING,
      tools: TOOLS,
    });

  /** What was run at a place, oldest first. */
  const runs = async (place: keyof typeof places): Promise<Run[]> => {
    const folder = join(places[place], 'clusters', scene.clusterId);
    const found: Run[] = [];
    for (const tool of ['terraform-runs', 'ansible-runs'])
      for (const name of await readdir(join(folder, tool)).catch(() => [])) {
        const exit = await readFile(
          join(folder, tool, name, 'exit.json'),
          'utf8',
        )
          .then(JSON.parse)
          .catch(() => undefined);
        if (exit)
          found.push({ tool, begun: exit.startedAt, ended: exit.finishedAt });
      }
    return found.sort((x, y) => x.begun.localeCompare(y.begun));
  };

  const keptState = async () => {
    const copy = await scene.bench.services.secrets.get(
      scene.clusterId,
      'terraform-state',
    );
    return parseState(copy!.toString('utf8'))!;
  };

  const finish = async (place: keyof typeof places, operationId: string) => {
    const worker = start(place, operationId);
    expect(await worker.heldAt()).toBeUndefined();
    await worker.end('SIGTERM');
    expect(await scene.operation(operationId)).toMatchObject({
      status: 'succeeded',
    });
  };

  const expectClonedOnce = async () => {
    const vmids = (await scene.identity()).map(({ vmid }) => vmid).sort();
    expect((await scene.lab.clones()).sort()).toEqual(vmids);
    expect([...(await scene.lab.machines()).keys()].sort()).toEqual(vmids);
    const state = await keptState();
    expect(state.machines.map(({ vmid }) => vmid).sort()).toEqual(vmids);
    // Nothing of it can be read in the database without the key.
    const [row] = await scene
      .knex('secrets')
      .where({ owner_id: scene.clusterId, name: 'terraform-state' });
    expect(JSON.stringify(row)).not.toContain(state.lineage);
    expect(
      Buffer.from(row.ciphertext, 'base64').toString('latin1'),
    ).not.toContain('lineage');
  };

  it('kill -9 in the middle of `machines`: the other one waits for the end of its Terraform, has its state, and finishes', async () => {
    await scene.lab.fault({
      ...CLONE,
      count: 2,
      effect: { kind: 'slow-task', ms: 3000 },
    });
    const a = start('a', scene.creation, FIRST_MACHINE);
    expect(await a.heldAt()).toMatch(new RegExp(FIRST_MACHINE));
    await a.end('SIGKILL');
    await finish('b', scene.creation);
    await expectClonedOnce();
    const [left] = await runs('a');
    const [first] = await runs('b');
    expect(left.tool).toBe('terraform-runs');
    expect(Date.parse(first.begun)).toBeGreaterThan(Date.parse(left.ended));

    // And back: the first one deletes, with the state that the other one wrote.
    const deletion = await scene.bench.deletion(scene.clusterId);
    await finish('a', deletion);
    expect((await scene.lab.machines()).size).toBe(0);
    expect(await scene.free()).toBe(scene.freeBefore);
    expect(await scene.knex('workspaces')).toEqual([]);
    expect(await scene.knex('secrets')).toEqual([]);
  });

  it('kill -9 after the machines: the other one knows their state without an import', async () => {
    const a = start('a', scene.creation, '^create machines: done, committed$');
    await a.heldAt();
    await a.end('SIGKILL');
    const before = await keptState();
    // The last step again, as somebody may ask for it.
    await finish('b', scene.creation);
    await scene.bench.repeatMachines(scene.creation);
    const since = await scene.lab.now();
    await finish('b', scene.creation);
    const changes = (await scene.lab.changes(since)).filter(
      ({ method, path }) => !(method === 'PUT' && path.endsWith('/config')),
    );
    expect(changes).toEqual([]);
    expect((await keptState()).lineage).toBe(before.lineage);
    expect(await imports(join(places.b, 'clusters', scene.clusterId))).toBe(0);
    await expectClonedOnce();
  });

  it('kill -9 in the middle of `kubernetes`: the other one runs the playbook to its end, not beside the first one', async () => {
    const boundary = '^create kubernetes: insert operation_events #1, before';
    const a = start('a', scene.creation, boundary);
    expect(await a.heldAt()).toMatch(new RegExp(boundary));
    await a.end('SIGKILL');
    await finish('b', scene.creation);
    expect((await scene.playbook(places.b)).map(word)).toEqual([
      'begun',
      'done',
    ]);
    const left = (await runs('a')).at(-1)!;
    const next = (await runs('b')).at(-1)!;
    expect([left.tool, next.tool]).toEqual(['ansible-runs', 'ansible-runs']);
    expect(Date.parse(next.begun)).toBeGreaterThan(Date.parse(left.ended));
    await expectClonedOnce();
  });

  it.each([
    ['Terraform makes machines', FIRST_MACHINE],
    ['the playbook runs', '^create kubernetes: insert operation_events #1, '],
    ['the cluster is checked', '^create verify: .*clusters.*, committed$'],
  ])(
    'stopped while %s and continued after the other one took over: it writes nothing',
    async (_, boundary) => {
      await scene.lab.fault({
        ...CLONE,
        count: 2,
        effect: { kind: 'slow-task', ms: 3000 },
      });
      const a = start('a', scene.creation, boundary);
      expect(await a.heldAt()).toMatch(new RegExp(boundary));
      a.signal('SIGSTOP');
      await scene.leaseIsOver(scene.creation);
      await finish('b', scene.creation);
      await expectClonedOnce();

      const traces = async () => ({
        records: await scene.records(),
        state: await keptState(),
        machines: await scene.lab.machines(),
        changes: await scene.lab.changes(),
        // That it ends its own agent of keys, and forgets where that was, is as it should be; a file that it was just writing to
        // say how far it had read may be put in its place.
        files: [
          (await scene.files(places.a)).filter(
            name =>
              !/(?:\.scratch\.json|\/followed\.json(?:\.new)?)$/.test(name),
          ),
          await scene.files(places.b),
        ],
      });
      const before = await traces();
      const heard = a.words.length;
      a.signal('SIGCONT');
      a.letGo();
      await a.hears(
        said => 'loss' in said && a.words.indexOf(said) >= heard,
        'the loss of the lease',
      );
      await delay(2500);
      expect(await traces()).toEqual(before);
      expect(await a.end('SIGTERM')).toMatchObject({ code: 0 });
      expect(await scene.tools()).toEqual([]);
    },
  );
});

function word(line: string): string {
  return line.split(' ')[0];
}

/** How many machines the newest run of Terraform in a cluster's folder imported. */
async function imports(folder: string): Promise<number> {
  const names = (await readdir(join(folder, 'terraform-runs'))).sort();
  const output = await readFile(
    join(folder, 'terraform-runs', names.at(-1)!, 'stdout'),
    'utf8',
  );
  const summaries = output
    .split('\n')
    .filter(line => line.includes('"change_summary"'))
    .map(line => JSON.parse(line).changes.import as number);
  return Math.max(...summaries);
}
