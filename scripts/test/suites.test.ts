import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, matchesGlob } from 'node:path';
import { test } from 'node:test';
import { suites, type Suite } from './suites.ts';

const root = join(import.meta.dirname, '../..');

/** All files that Git knows or would take. */
const files = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard'],
  { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
)
  .split('\n')
  .filter(path => path !== '' && existsSync(join(root, path)));
const tests = files.filter(path => /\.test\.tsx?$/.test(path));

/** The folder of the workspace with this name in its package.json. */
function workspace(name: string): string {
  const manifest = files.find(
    path =>
      path.endsWith('package.json') &&
      JSON.parse(readFileSync(join(root, path), 'utf8')).name === name,
  );
  assert.ok(manifest, `no workspace ${name}`);
  return dirname(manifest);
}

const isLong = (path: string) => /\.long\.test\.tsx?$/.test(path);

/** Whether `backstage-cli repo test` runs the tests of the package that a file is in. */
function isJestPackage(path: string): boolean {
  const folder = /^(?:plugins|packages)\/[^/]+/.exec(path)?.[0];
  if (!folder) return false;
  const manifest = readFileSync(join(root, folder, 'package.json'), 'utf8');
  const { test: script = '' } = JSON.parse(manifest).scripts ?? {};
  return script.startsWith('backstage-cli package test');
}

/** Which test files one suite runs, by its command; undefined when they are not ours to list (types, Ansible). */
function runs(suite: Suite): ((path: string) => boolean) | undefined {
  const [program, first, ...args] = suite.command;
  if (program === 'node') {
    const globs = args.filter(arg => arg.includes('.test.'));
    return path => globs.some(glob => matchesGlob(path, glob));
  }
  if (suite.format !== 'jest') return undefined;
  if (first === 'workspace') {
    const folder = `${workspace(args[0])}/`;
    assert.equal(args[1], 'test:long', 'a Jest suite of one workspace');
    return path => path.startsWith(folder) && isLong(path);
  }
  return path => !isLong(path) && isJestPackage(path);
}

const runners = suites.flatMap(suite => {
  const run = runs(suite);
  return run ? [{ suite, run }] : [];
});

test('every test file belongs to exactly one suite, long ones to a long suite', () => {
  assert.ok(tests.length > 100, `${tests.length} test files`);
  for (const path of tests) {
    const found = runners.filter(({ run }) => run(path));
    assert.deepEqual(
      found.map(({ suite }) => Boolean(suite.long)),
      [isLong(path)],
      `${path}: ${found.map(({ suite }) => suite.name).join(', ') || 'none'}`,
    );
  }
});

test('every glob of every suite finds a test', () => {
  for (const { suite, run } of runners) {
    assert.ok(tests.some(run), suite.name);
    for (const glob of suite.command.filter(arg => /\*.*\.test\./.test(arg)))
      assert.ok(
        files.some(path => matchesGlob(path, glob)),
        `${suite.name}: ${glob}`,
      );
  }
});
