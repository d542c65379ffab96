import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { build, BuildFailed } from './build.ts';
import type { Component, Task } from './component.ts';
import { Progress } from './progress.ts';

let root: string;
let sources: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'images-'));
  sources = await mkdtemp(join(tmpdir(), 'images-sources-'));
});

afterEach(async () => {
  await rm(root, { recursive: true });
  await rm(sources, { recursive: true });
});

/** Writes its name and the content of what it needs. */
function component(name: string, changes: Partial<Component> = {}): Component {
  const needs = changes.needs ?? [];
  return {
    name,
    title: name,
    needs,
    sources: [],
    values: {},
    output: `${name}-{hash}`,
    exclusive: false,
    async build(task: Task) {
      const needed = await Promise.all(
        needs.map(need =>
          readFile(join(task.resultOf(need), 'content'), 'utf8'),
        ),
      );
      await writeFile(
        join(task.output, 'content'),
        [name, ...needed].join(' '),
      );
    },
    ...changes,
  };
}

const make = (table: Component[], names = table.map(each => each.name)) =>
  build(names, table, root, new Progress(() => undefined));

const results = async () =>
  (await readdir(root))
    .filter(name => !['built', 'logs'].includes(name))
    .sort();

test('builds what is needed first, and nothing a second time', async () => {
  const table = [
    component('image', { needs: ['program'], link: 'image' }),
    component('program'),
  ];
  assert.deepEqual(
    await make(table, ['image']),
    new Map([
      ['program', 'built'],
      ['image', 'built'],
    ]),
  );
  assert.equal(
    await readFile(join(root, 'image/content'), 'utf8'),
    'image program',
  );
  assert.deepEqual(
    [...(await make(table)).values()],
    ['up to date', 'up to date'],
  );
});

test('a changed source makes its component and those that need it out of date, no others', async () => {
  const source = join(sources, 'recipe');
  await writeFile(source, 'one');
  const table = [
    component('program', { sources: [sources] }),
    component('image', { needs: ['program'], link: 'image' }),
    component('other'),
  ];
  await make(table);
  const before = await readlink(join(root, 'image'));
  await writeFile(source, 'two');
  assert.deepEqual(Object.fromEntries(await make(table)), {
    program: 'built',
    image: 'built',
    other: 'up to date',
  });
  const after = await readlink(join(root, 'image'));
  assert.notEqual(after, before);
  assert.ok(
    existsSync(join(root, before)),
    'hosts may stand on the old image: a build must leave it',
  );
});

test('a renamed source file counts as a change', async () => {
  await writeFile(join(sources, 'a'), 'same');
  const table = [component('program', { sources: [sources] })];
  await make(table);
  await rm(join(sources, 'a'));
  await writeFile(join(sources, 'b'), 'same');
  assert.equal((await make(table)).get('program'), 'built');
});

test('a failed build leaves no result, and the next one starts from an empty folder', async () => {
  let fail = true;
  const table = [
    component('image', {
      async build(task) {
        assert.deepEqual(await readdir(task.output), []);
        await writeFile(join(task.output, 'content'), 'half');
        await mkdir(`${task.output}.state`);
        if (fail) throw new Error('interrupted');
      },
    }),
  ];
  await assert.rejects(make(table), /image: interrupted/);
  assert.deepEqual(
    (await results()).filter(name => !name.startsWith('.')),
    [],
  );
  fail = false;
  assert.equal((await make(table)).get('image'), 'built');
  assert.deepEqual(
    (await results()).filter(name => name.startsWith('.')),
    [],
  );
});

test('a result that is gone is built again though its inputs are the same', async () => {
  const table = [component('image', { output: 'image' })];
  await make(table);
  await rm(join(root, 'image'), { recursive: true });
  assert.equal((await make(table)).get('image'), 'built');
});

test('what lies beside the result under its name goes along with it', async () => {
  const table = [
    component('golden', {
      async build(task) {
        await mkdir(`${task.output}.containerd`);
        await writeFile(join(`${task.output}.containerd`, 'db'), 'x');
      },
    }),
  ];
  await make(table);
  const [image, state] = await results();
  assert.equal(state, `${image}.containerd`);
  assert.equal(await readFile(join(root, state!, 'db'), 'utf8'), 'x');
});

test('a failure stops what needs it and nothing else, and is told once', async () => {
  const table = [
    component('broken', {
      build: () => Promise.reject(new Error('no compiler')),
    }),
    component('image', { needs: ['broken'] }),
    component('other'),
  ];
  await assert.rejects(make(table), (error: Error) => {
    assert.ok(error instanceof BuildFailed);
    assert.equal(error.message, 'broken: no compiler');
    return true;
  });
  assert.deepEqual(
    (await results())
      .filter(name => !name.startsWith('.'))
      .map(name => name.replace(/-.*/, '')),
    ['other'],
  );
});

test('exclusive components run one at a time, others beside them', async () => {
  let running = 0;
  let most = 0;
  let besides = 0;
  const slow = (exclusive: boolean): Partial<Component> => ({
    exclusive,
    async build() {
      if (exclusive) most = Math.max(most, (running += 1));
      else besides = Math.max(besides, running);
      await sleep(60);
      if (exclusive) running -= 1;
      else besides = Math.max(besides, running);
    },
  });
  await make([
    component('a', slow(true)),
    component('b', slow(true)),
    component('c', slow(false)),
  ]);
  assert.equal(most, 1);
  assert.equal(besides, 1);
});

test('a failing program ends the build with its last lines', async () => {
  const table = [
    component('image', {
      build: async task =>
        void (await task.run('sh', ['-c', 'echo to the point >&2; exit 3'])),
    }),
  ];
  await assert.rejects(
    make(table),
    /sh ended with 3:\s+to the point\s+\(all of it: .*logs\/image\.log\)/,
  );
  assert.match(
    await readFile(join(root, 'logs/image.log'), 'utf8'),
    /to the point/,
  );
});

test('an unknown component is refused by name', async () => {
  await assert.rejects(
    make([component('a')], ['b']),
    /no component "b"; there are a/,
  );
});
