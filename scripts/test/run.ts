/**
 * Runs the suites of suites.ts one after the other, those that say so two at a time, and adds them up.
 *
 *   node scripts/test/run.ts                the suites of `make test`
 *   node scripts/test/run.ts --all          the long ones too
 *   node scripts/test/run.ts --all --within 60   of the long ones those that end within so many minutes; what failed is run a
 *                                           second time if there is time, 20 minutes more if need be (of Jest
 *                                           the files that failed), and named
 *   node scripts/test/run.ts suite...       only these
 *
 * Reports and logs go to `$KUBESMITH_CACHE/test-reports`. Ends with `N passed, N failed`; exit code 1 when one failed.
 */
import { spawn } from 'node:child_process';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readCounts, type Counts } from './counts.ts';
import { groups, twoAtATime } from './groups.ts';
import { ProcessGroups } from './ProcessGroups.ts';
import { addCounts, secondRun } from './secondRun.ts';
import { suites, type Suite } from './suites.ts';
import { TimeBudget } from './timeBudget.ts';

const cache =
  process.env.KUBESMITH_CACHE ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'kubesmith');
const reports = join(cache, 'test-reports');
mkdirSync(reports, { recursive: true });

const running = new ProcessGroups();
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => {
    running.signalAll('SIGTERM');
    process.exit(code);
  });

/**
 * Runs one suite in a process group of its own, so that a suite over its limit ends with all it started.
 *
 * @param title - said before its output
 */
async function run(
  suite: Suite,
  title: string,
): Promise<Counts & { seconds: number; report: string }> {
  const report = join(reports, `${suite.name}.report`);
  const logFile = join(reports, `${suite.name}.log`);
  rmSync(report, { force: true });
  const [program, ...args] = suite.command.map(word =>
    word.replace('REPORT', report).replace('CACHE', cache),
  );
  const begin = Date.now();
  const heading = `\n=== ${title}\n`;
  const output: Buffer[] = [];
  if (!suite.beside) process.stdout.write(heading);
  const log = createWriteStream(logFile);
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    // Jest would ask for Docker databases with CI set; we bring our own server.
    env: { ...process.env, BACKSTAGE_TEST_DISABLE_DOCKER: '1' },
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      log.write(chunk);
      if (suite.beside) output.push(chunk);
      else process.stdout.write(chunk);
    });
  }
  const { pid } = child;
  if (pid) running.add(pid);
  let overLimit = false;
  const timer = setTimeout(() => {
    overLimit = true;
    console.error(
      `\n${suite.name}: stopped after ${suite.limitMinutes} minutes`,
    );
    if (!pid) return;
    running.signal(pid, 'SIGTERM');
    setTimeout(() => running.signal(pid, 'SIGKILL'), 20_000).unref();
  }, suite.limitMinutes * 60_000);
  const exitCode = await new Promise<number>(resolve => {
    child.on('error', error => {
      console.error(`${suite.name}: cannot start ${program}: ${error.message}`);
      resolve(127);
    });
    child.on('close', code => resolve(code ?? 1));
  });
  clearTimeout(timer);
  if (pid) running.remove(pid);
  if (suite.beside)
    process.stdout.write(Buffer.concat([Buffer.from(heading), ...output]));
  await new Promise<void>(resolve => log.end(() => resolve()));
  const source = suite.format === 'line' ? logFile : report;
  const text = existsSync(source) ? readFileSync(source, 'utf8') : '';
  const counts = readCounts(suite.format, text, exitCode);
  return {
    ...counts,
    failed: counts.failed + (overLimit ? 1 : 0),
    seconds: (Date.now() - begin) / 1000,
    report: text,
  };
}

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { all: { type: 'boolean' }, within: { type: 'string' } },
});
const within = options.within === undefined ? Infinity : Number(options.within);
if (!(within > 0)) {
  console.error('--within takes a number of minutes.');
  process.exit(2);
}
const unknown = names.filter(
  name => !suites.some(suite => suite.name === name),
);
if (unknown.length) {
  console.error(
    `No suite '${unknown.join("', '")}'. There are: ${suites
      .map(suite => suite.name)
      .join(', ')}.`,
  );
  process.exit(2);
}
const chosen = names.length
  ? suites.filter(suite => names.includes(suite.name))
  : suites.filter(suite => options.all || !suite.long);
const rows: string[] = [];
const total: Counts = { passed: 0, failed: 0, skipped: 0 };
const budget = new TimeBudget(within);

/** How much longer than allowed a run may take to tell a fault from a busy moment. */
const GRACE_MINUTES = 20;

/** Runs one suite, a second time if it failed and there is time, adds it to the total, and tells about it in a row or two. */
async function perform(suite: Suite): Promise<string[]> {
  if (!budget.fits(suite)) {
    return [
      `LEFT OUT ${suite.name}: about ${budget
        .expected(suite)
        .toFixed(0)} minutes would be too long here; \`make test-all\` runs it`,
    ];
  }
  const title = `${suite.title} (${suite.name})`;
  const told: string[] = [];
  let result = await run(suite, title);
  // Of two that run beside each other each counts in full, which is on the safe side.
  budget.note(suite, result.seconds / 60);
  // Many wait for real machines and processes; on a build server a second run tells a busy moment from a fault. Both are reported.
  if (result.failed && options.within) {
    const again = secondRun(suite, result.report, process.cwd());
    if (budget.hasTimeFor(again.suite, GRACE_MINUTES)) {
      told.push(
        `UNSURE ${suite.name}: ${result.failed} failed in its first run`,
      );
      const second = await run(again.suite, `${title}, a second time`);
      budget.note(again.suite, second.seconds / 60);
      result = {
        ...addCounts(again.kept, second),
        report: second.report,
        seconds: result.seconds + second.seconds,
      };
    }
  }
  for (const key of ['passed', 'failed', 'skipped'] as const)
    total[key] += result[key];
  return [
    ...told,
    `${result.failed ? 'FAILED' : 'ok    '} ${suite.name.padEnd(10)} ${String(
      result.passed,
    ).padStart(5)} passed ${String(result.failed).padStart(3)} failed ${String(
      result.skipped,
    ).padStart(3)} skipped ${result.seconds.toFixed(0).padStart(5)} s`,
  ];
}

for (const group of groups(chosen))
  rows.push(...(await twoAtATime(group, perform)).flat());
console.log(`\n=== Summary (logs in ${reports})\n${rows.join('\n')}\n`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed ? 1 : 0;
