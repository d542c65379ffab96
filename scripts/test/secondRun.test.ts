import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addCounts, secondRun } from './secondRun.ts';
import type { Suite } from './suites.ts';

const suite: Suite = {
  name: 'packages',
  title: 'Packages',
  command: ['yarn', 'test', '--json'],
  format: 'jest',
  limitMinutes: 20,
  usualMinutes: 7,
};

const file = (name: string, status: string, ...tests: string[]) => ({
  name: `/project/plugins/${name}`,
  status,
  startTime: 60_000,
  endTime: 120_000,
  assertionResults: tests.map(one => ({ status: one })),
});

test('runs the files of Jest again that failed, and keeps the others', () => {
  const report = {
    testResults: [
      file('a.test.ts', 'passed', 'passed', 'passed', 'pending'),
      file('b.test.ts', 'failed', 'passed', 'failed'),
      file('c.test.ts', 'failed'),
    ],
  };
  const { suite: again, kept } = secondRun(
    suite,
    JSON.stringify(report),
    '/project',
  );
  assert.deepEqual(again.command, [
    ...suite.command,
    'plugins/b.test.ts',
    'plugins/c.test.ts',
  ]);
  assert.equal(again.usualMinutes, 2.5);
  assert.deepEqual(kept, { passed: 2, failed: 0, skipped: 1 });
  assert.deepEqual(addCounts(kept, { passed: 3, failed: 1, skipped: 0 }), {
    passed: 5,
    failed: 1,
    skipped: 1,
  });
});

test('runs all again when no file tells why it failed', () => {
  for (const report of [
    '',
    JSON.stringify({ testResults: [file('a.test.ts', 'passed', 'passed')] }),
  ])
    assert.deepEqual(secondRun(suite, report, '/project'), {
      suite,
      kept: { passed: 0, failed: 0, skipped: 0 },
    });
});

test('runs other suites as a whole', () => {
  const other: Suite = { ...suite, format: 'tap' };
  assert.equal(secondRun(other, '# fail 1', '/project').suite, other);
});
