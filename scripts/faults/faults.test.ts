import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { faultClasses, type FaultTest } from './classes.ts';
import { judge, readTap, readUnittest, type Result } from './results.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDERS = {
  backend: 'plugins/kubesmith-backend/src',
  'backend-long': 'plugins/kubesmith-backend/src',
  ansible: 'ansible/tests',
  'ansible-lab': 'ansible/tests',
  lab: 'packages/e2e/src',
};

describe('the table of faults', () => {
  test('has all 34 classes, each with a test', () => {
    assert.deepEqual(
      faultClasses.map(({ number }) => number),
      Array.from({ length: 34 }, (_, index) => index + 1),
    );
    for (const { number, tests } of faultClasses)
      assert.ok(tests.length > 0, `class ${number} has no test`);
  });

  test('names files that there are', () => {
    for (const { tests } of faultClasses)
      for (const { where, file } of tests)
        assert.ok(existsSync(join(ROOT, FOLDERS[where], file)), file);
  });

  test('has most of its classes in runs without a lab', () => {
    const onlyOnLab = faultClasses
      .filter(({ tests }) =>
        tests.every(({ where }) => ['lab', 'ansible-lab'].includes(where)),
      )
      .map(({ number }) => number);
    assert.deepEqual(onlyOnLab, [4, 22]);
  });
});

describe('results of faults', () => {
  const wanted: FaultTest = {
    where: 'backend',
    file: 'a.test.ts',
    name: /power/,
  };
  const classes = [{ number: 1, fault: '', how: '', tests: [wanted] }];
  const result = (name: string, passed: boolean): Result => ({
    where: 'backend',
    file: 'a.test.ts',
    name,
    passed,
  });

  test('count by the names of tests', () => {
    const [verdict] = judge(
      classes,
      [
        result('power lost', true),
        result('power back', false),
        result('x', false),
      ],
      new Set(['backend' as const]),
    );
    assert.equal(verdict.passed.length, 1);
    assert.equal(verdict.failed.length, 1);
    assert.deepEqual(verdict.missing, []);
  });

  test('say when a test of the table did not run', () => {
    const [verdict] = judge(
      classes,
      [result('renamed', true)],
      new Set(['backend' as const]),
    );
    assert.deepEqual(verdict.missing, [wanted]);
  });

  test('count a file that could not be read as failed', () => {
    const [verdict] = judge(
      classes,
      [result('', false)],
      new Set(['backend' as const]),
    );
    assert.equal(verdict.failed.length, 1);
  });

  test('are read from TAP and from unittest', () => {
    const tap =
      '    ok 1 - one\n    not ok 2 - two\n    ok 3 - three # SKIP no\n';
    assert.deepEqual(
      readTap(tap, 'f').map(({ name, passed }) => [name, passed]),
      [
        ['one', true],
        ['two', false],
      ],
    );
    const text =
      'test_one (test_decisions.Decisions.test_one) ... ok\ntest_two (lab_playbook.Playbook.test_two) ... FAIL\n';
    assert.deepEqual(
      readUnittest(text, 'ansible').map(({ file, name, passed }) => [
        file,
        name,
        passed,
      ]),
      [
        ['test_decisions.py', 'test_one', true],
        ['lab_playbook.py', 'test_two', false],
      ],
    );
  });
});

test('the documents tell of the command', () => {
  const text = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
  assert.match(text, /yarn test:faults/);
});
