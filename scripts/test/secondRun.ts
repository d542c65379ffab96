import { relative } from 'node:path';
import type { Counts } from './counts.ts';
import type { Suite } from './suites.ts';

type JestReport = {
  testResults: {
    name: string;
    status: string;
    startTime: number;
    endTime: number;
    assertionResults: { status: string }[];
  }[];
};

/** A suite that is run again, as far as it failed. */
export type SecondRun = {
  suite: Suite;
  /** What of the first run counts on: the files that are not run again. */
  kept: Counts;
};

/**
 * What to run again of a suite that failed: of Jest's, the files that failed; of others all.
 *
 * @param report - of the first run
 * @param root - the folder from which Jest's command runs, or one above it
 */
export function secondRun(
  suite: Suite,
  report: string,
  root: string,
): SecondRun {
  const nothing: Counts = { passed: 0, failed: 0, skipped: 0 };
  if (suite.format !== 'jest') return { suite, kept: nothing };
  let results: JestReport['testResults'];
  try {
    results = (JSON.parse(report) as JestReport).testResults;
  } catch {
    // It did not come to a report: all of it.
    return { suite, kept: nothing };
  }
  const failed = results.filter(({ status }) => status !== 'passed');
  const passed = results.filter(({ status }) => status === 'passed');
  // It failed for another reason than a file.
  if (failed.length === 0) return { suite, kept: nothing };
  const count = (...statuses: string[]) =>
    passed
      .flatMap(({ assertionResults }) => assertionResults)
      .filter(({ status }) => statuses.includes(status)).length;
  const minutes =
    failed.reduce((sum, one) => sum + one.endTime - one.startTime, 0) / 60_000;
  return {
    suite: {
      ...suite,
      command: [
        ...suite.command,
        ...failed.map(({ name }) => relative(root, name)),
      ],
      // Jest's own start comes on top.
      usualMinutes: Math.min(suite.usualMinutes, minutes + 0.5),
    },
    kept: {
      passed: count('passed'),
      failed: 0,
      skipped: count('pending', 'todo'),
    },
  };
}

/** Both runs together. */
export function addCounts(a: Counts, b: Counts): Counts {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  };
}
