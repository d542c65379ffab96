import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCounts } from './counts.ts';

test('reads the closing comments of node:test, cancelled tests as failures', () => {
  const tap =
    '# tests 4\n# pass 2\n# fail 1\n# cancelled 1\n# skipped 0\n# todo 0\n';
  assert.deepEqual(readCounts('tap', tap, 1), {
    passed: 2,
    failed: 2,
    skipped: 0,
  });
});

test('reads Jest, a test file that does not load as a failure', () => {
  const report = {
    numPassedTests: 5,
    numFailedTests: 0,
    numRuntimeErrorTestSuites: 1,
    numPendingTests: 2,
    numTodoTests: 0,
  };
  assert.deepEqual(readCounts('jest', JSON.stringify(report), 1), {
    passed: 5,
    failed: 1,
    skipped: 2,
  });
});

test('reads the last closing line', () => {
  assert.deepEqual(
    readCounts('line', '1 passed, 0 failed\nx\n7 passed, 2 failed\n', 1),
    { passed: 7, failed: 2, skipped: 0 },
  );
});

test('a suite that ran nothing, or has no report, failed', () => {
  assert.equal(readCounts('jest', '', 0).failed, 1);
  assert.equal(
    readCounts(
      'tap',
      '# pass 0\n# fail 0\n# cancelled 0\n# skipped 3\n# todo 0\n',
      0,
    ).failed,
    1,
  );
  assert.equal(readCounts('line', 'nothing here', 0).failed, 1);
});

test('a runner that ends badly although no test failed, failed', () => {
  assert.equal(readCounts('line', '3 passed, 0 failed', 1).failed, 1);
});
