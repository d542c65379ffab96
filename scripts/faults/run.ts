/**
 * Provokes every class of faults of classes.ts and says what came of it.
 *
 *   yarn test:faults                  what needs no lab
 *   yarn test:faults --lab            all of it, with the lab (root, an hour)
 *   yarn test:faults --quick          what is part of the ordinary run
 *   yarn test:faults --class 5,16     only these
 *   yarn test:faults --list           the table
 *
 * Ends with `N faults, M violations`: tests that provoked a fault and ran, and those of them that failed, plus classes and tests of
 * the table of which nothing ran. Exit code 1 when there is a violation.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { faultClasses, type FaultTest, type Where } from './classes.ts';
import {
  judge,
  readJest,
  readTap,
  readUnittest,
  type Result,
} from './results.ts';

const { values: options } = parseArgs({
  options: {
    lab: { type: 'boolean' },
    quick: { type: 'boolean' },
    class: { type: 'string' },
    list: { type: 'boolean' },
  },
});
const numbers = options.class?.split(',').map(Number);
const classes = faultClasses.filter(
  ({ number }) => !numbers || numbers.includes(number),
);
const unknown = numbers?.filter(
  number => !faultClasses.some(found => found.number === number),
);
if (unknown?.length) {
  console.error(`There is no class ${unknown.join(', ')}: 1 to 34.`);
  process.exit(2);
}
if (options.list) {
  for (const { number, fault, how, tests } of classes) {
    console.log(`${number}. ${fault}\n   ${how}`);
    for (const { where, file, name } of tests)
      console.log(`   - ${where}: ${file}${name ? ` ${name}` : ''}`);
  }
  process.exit(0);
}

const places: Where[] = options.quick
  ? ['backend']
  : ['backend', 'backend-long', 'ansible'];
if (options.lab) places.push('ansible-lab', 'lab');
const asked = new Set(places);
const folder = mkdtempSync(join(tmpdir(), 'kubesmith-faults-'));

/** Runs a program to its end; its output goes on to ours, and is given back. */
function run(program: string, args: string[], cwd?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, BACKSTAGE_TEST_DISABLE_DOCKER: '1', CI: '' },
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', chunk => {
        text += chunk;
        process.stdout.write(chunk);
      });
    child.on('error', reject);
    child.on('close', () => resolve(text));
  });
}

function filesOf(where: Where): string[] {
  return [
    ...new Set(
      classes.flatMap(({ tests }) =>
        tests
          .filter((test: FaultTest) => test.where === where)
          .map(({ file }) => file),
      ),
    ),
  ];
}

async function jest(where: 'backend' | 'backend-long'): Promise<Result[]> {
  const files = filesOf(where);
  if (files.length === 0) return [];
  const report = join(folder, `${where}.json`);
  await run('yarn', [
    'workspace',
    '@kubesmith/plugin-kubesmith-backend',
    where === 'backend' ? 'test' : 'test:long',
    '--watchAll=false',
    '--maxWorkers=2',
    '--json',
    `--outputFile=${report}`,
    ...files.map(file => `src/${file}`),
  ]);
  return readJest(report, where, 'plugins/kubesmith-backend/src/');
}

async function python(where: 'ansible' | 'ansible-lab'): Promise<Result[]> {
  const files = filesOf(where);
  if (files.length === 0) return [];
  const modules = files.map(file => file.replace(/\.py$/, ''));
  const text = await run('ansible/tests/run.sh', ['--names', ...modules]);
  return readUnittest(text, where);
}

async function onLab(): Promise<Result[]> {
  const results: Result[] = [];
  for (const file of filesOf('lab')) {
    const report = join(folder, 'report.tap');
    await run('node', [
      '--test',
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      '--test-reporter=tap',
      `--test-reporter-destination=${report}`,
      `packages/e2e/src/${file}`,
    ]);
    results.push(...readTap(readFileSync(report, 'utf8'), file));
  }
  return results;
}

const results: Result[] = [];
for (const where of places) {
  if (where === 'backend' || where === 'backend-long')
    results.push(...(await jest(where)));
  else if (where === 'lab') results.push(...(await onLab()));
  else results.push(...(await python(where)));
}
rmSync(folder, { recursive: true, force: true });

let violations = 0;
let faults = 0;
console.log('');
for (const { faultClass, passed, failed, missing } of judge(
  classes,
  results,
  asked,
)) {
  faults += passed.length + failed.length;
  const isUntested =
    passed.length + failed.length === 0 &&
    (options.lab || faultClass.tests.some(({ where }) => asked.has(where)));
  violations += failed.length + missing.length + (isUntested ? 1 : 0);
  const elsewhere = faultClass.tests.some(({ where }) => !asked.has(where));
  console.log(
    `${String(faultClass.number).padStart(2)}. ${faultClass.fault}: ${
      passed.length
    } passed, ${failed.length} failed${
      elsewhere ? ' (more of it is not part of this run)' : ''
    }`,
  );
  for (const { file, name, problem } of failed)
    console.log(`      violated: ${file}: ${name} ${problem ?? ''}`);
  for (const { where, file, name } of missing)
    console.log(`      no such test ran: ${where}: ${file} ${name ?? ''}`);
}
console.log(`\n${faults} faults, ${violations} violations`);
process.exitCode = violations > 0 ? 1 : 0;
