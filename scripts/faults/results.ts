import { existsSync, readFileSync } from 'node:fs';
import type { FaultClass, FaultTest } from './classes.ts';

/** One test that ran. */
export interface Result {
  where: FaultTest['where'];
  /** As in {@link FaultTest}. */
  file: string;
  name: string;
  passed: boolean;
  /** What it said when it failed. */
  problem?: string;
}

/** What became of a class. */
export interface Verdict {
  faultClass: FaultClass;
  passed: Result[];
  failed: Result[];
  /** Tests of the table of which none ran, though their place was asked to. */
  missing: FaultTest[];
}

/** The results in a report of Jest, which names files absolutely. */
export function readJest(
  path: string,
  where: FaultTest['where'],
  root: string,
): Result[] {
  if (!existsSync(path)) return [];
  const report = JSON.parse(readFileSync(path, 'utf8'));
  return report.testResults.flatMap((file: any): Result[] => {
    const name = file.name.slice(file.name.indexOf(root) + root.length);
    const own = file.assertionResults
      .filter(({ status }: any) => ['passed', 'failed'].includes(status))
      .map((test: any) => ({
        where,
        file: name,
        name: test.fullName,
        passed: test.status === 'passed',
        problem: test.failureMessages?.[0]?.split('\n')[0],
      }));
    // A file that could not even be read has failed as a whole.
    return own.length === 0 && file.status === 'failed'
      ? [{ where, file: name, name: '', passed: false, problem: file.message }]
      : own;
  });
}

/** The results in the output of Node's test runner as TAP. */
export function readTap(text: string, file: string): Result[] {
  return [...text.matchAll(/^\s*(not )?ok \d+ - (.*?)( # (SKIP|TODO).*)?$/gm)]
    .filter(match => !match[3])
    .map(([, not, name]) => ({
      where: 'lab',
      file,
      name,
      passed: !not,
    }));
}

/** The results in the output of Python's unittest with `-v`: a test's outcome may come lines after its name. */
export function readUnittest(
  text: string,
  where: FaultTest['where'],
): Result[] {
  const results: Result[] = [];
  let current: { file: string; name: string } | undefined;
  for (const line of text.split('\n')) {
    const begun = /^(test_\w+) \((\w+)\./.exec(line);
    if (begun) current = { name: begun[1], file: `${begun[2]}.py` };
    const outcome = /(?:^|\s)(ok|FAIL|ERROR)$/.exec(line)?.[1];
    if (!current || !outcome) continue;
    results.push({ where, ...current, passed: outcome === 'ok' });
    current = undefined;
  }
  return results;
}

/** Whether a result is one of a test of the table. */
export function isOf(test: FaultTest, result: Result): boolean {
  return (
    test.where === result.where &&
    test.file === result.file &&
    (test.name === undefined || test.name.test(result.name) || !result.name)
  );
}

/**
 * Puts results beside the classes.
 *
 * @param asked - the places that were asked to run
 */
export function judge(
  classes: FaultClass[],
  results: Result[],
  asked: Set<FaultTest['where']>,
): Verdict[] {
  return classes.map(faultClass => {
    const tests = faultClass.tests.filter(({ where }) => asked.has(where));
    const own = results.filter(result =>
      tests.some(test => isOf(test, result)),
    );
    return {
      faultClass,
      passed: own.filter(({ passed }) => passed),
      failed: own.filter(({ passed }) => !passed),
      missing: tests.filter(
        test => !results.some(result => isOf(test, result)),
      ),
    };
  });
}
