#!/usr/bin/env node
/**
 * Has the portal build a cluster, and builds one by hand with nothing around it, in turn; tells each pair as a line of JSON, in
 * seconds. `yarn bench --lab lab.ready` makes a figure of them.
 *
 *   node packages/e2e/src/bench/floor.ts PAIRS [--instance bench]
 *
 * Needs root, as the lab does.
 */
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { Setting } from '../tests/Setting.ts';
import { buildOnce } from './buildOnce.ts';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../../../..');

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { instance: { type: 'string', default: 'bench' } },
});

/** Seconds of each part of a cluster that is built by hand. */
async function bare(): Promise<Record<string, number>> {
  const bench = join(ROOT, 'ansible/tests/bench.sh');
  const { stdout } = await run('sh', [bench, 'bench_bare.py']);
  return JSON.parse(stdout);
}

async function main(): Promise<void> {
  const pairs = Number(positionals[0]);
  if (!(Number.isInteger(pairs) && pairs > 0))
    throw new Error('Say how many pairs: floor.ts 5');
  const setting = new Setting(values.instance);
  try {
    await setting.up();
    const client = await setting.as('student-1');
    for (let n = 1; n <= pairs; n++) {
      const { problem, readySeconds, steps } = await buildOnce(
        setting,
        client,
        { name: `floor-${n}`, workers: 1 },
      );
      if (problem) throw new Error(problem);
      const parts = await bare();
      process.stdout.write(
        `${JSON.stringify({ portal: readySeconds, steps, bare: parts })}\n`,
      );
    }
  } finally {
    await setting.down();
  }
}

main().catch(error => {
  process.stderr.write(`floor: ${(error as Error).stack}\n`);
  process.exitCode = 1;
});
