/** How a suite tells what passed. */
export type Format = 'exit-code' | 'jest' | 'tap' | 'line';

/** Numbers of tests. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * Reads the numbers from a suite's report (`jest`: its JSON; `tap`: the closing comments of node:test; `line`: the last
 * line `N passed, N failed` of the output). A report that cannot be read, or that names no test, counts as one failure:
 * a suite that ran nothing must not look green.
 */
export function readCounts(
  format: Format,
  text: string,
  exitCode: number,
): Counts {
  const counts = parse(format, text, exitCode);
  if (!counts || counts.passed + counts.failed === 0) {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  // A runner that failed for another reason than a failed test (a crash, a broken file).
  if (exitCode !== 0 && counts.failed === 0) return { ...counts, failed: 1 };
  return counts;
}

function parse(
  format: Format,
  text: string,
  exitCode: number,
): Counts | undefined {
  switch (format) {
    case 'exit-code':
      return {
        passed: exitCode === 0 ? 1 : 0,
        failed: exitCode === 0 ? 0 : 1,
        skipped: 0,
      };
    case 'jest':
      return parseJest(text);
    case 'tap': {
      const number = (word: string) =>
        Number(
          [...text.matchAll(new RegExp(`^# ${word} (\\d+)$`, 'gm'))].at(
            -1,
          )?.[1] ?? NaN,
        );
      const [passed, failed, cancelled, skipped, todo] = [
        'pass',
        'fail',
        'cancelled',
        'skipped',
        'todo',
      ].map(number);
      return Number.isNaN(passed)
        ? undefined
        : { passed, failed: failed + cancelled, skipped: skipped + todo };
    }
    case 'line': {
      const match = [
        ...text.matchAll(
          /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$/gm,
        ),
      ].at(-1);
      return (
        match && {
          passed: Number(match[1]),
          failed: Number(match[2]),
          skipped: Number(match[3] ?? 0),
        }
      );
    }
    default:
      throw new Error(`Unknown report format '${format satisfies never}'`);
  }
}

function parseJest(text: string): Counts | undefined {
  let report;
  try {
    report = JSON.parse(text);
  } catch {
    return undefined; // reported as a failure by the caller
  }
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
