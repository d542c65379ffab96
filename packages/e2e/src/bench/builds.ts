#!/usr/bin/env node
/**
 * Builds and deletes clusters in a row on a lab of its own, through the portal's API. Tells each as a line of JSON; `yarn
 * bench:builds` makes figures of them.
 *
 *   node packages/e2e/src/bench/builds.ts 100 [--workers 1] [--hours 8] [--instance bench] [--keep]
 *
 * It ends after so many clusters or hours, whichever comes first. SIGINT lets the cluster at hand be finished and deleted; a second
 * one ends at once and leaves the lab. Needs root, as the lab does.
 */
import { parseArgs } from 'node:util';
import { Setting } from '../tests/Setting.ts';
import { buildOnce } from './buildOnce.ts';

const PERSON = 'student-1';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    workers: { type: 'string', default: '1' },
    hours: { type: 'string', default: '8' },
    instance: { type: 'string', default: 'bench' },
    keep: { type: 'boolean', default: false },
  },
});

function natural(text: string | undefined, what: string): number {
  if (!text || !/^\d{1,4}$/.test(text) || Number(text) === 0)
    throw new Error(`${what} must be a number from 1 to 9999, not '${text}'`);
  return Number(text);
}

async function main(): Promise<void> {
  const count = natural(positionals[0], 'How many clusters to build');
  const workers = natural(values.workers, '--workers');
  const endAt = Date.now() + natural(values.hours, '--hours') * 3_600_000;
  let stopped = false;
  process.on('SIGINT', () => {
    if (stopped) process.exit(130);
    stopped = true;
    process.stderr.write(
      'Ending after this cluster; once more ends at once and leaves the lab\n',
    );
  });
  const setting = new Setting(values.instance);
  try {
    await setting.up();
    const client = await setting.as(PERSON);
    for (let n = 1; n <= count && !stopped && Date.now() < endAt; n++) {
      const build = await buildOnce(setting, client, {
        name: `build-${n}`,
        workers,
      });
      process.stdout.write(`${JSON.stringify(build)}\n`);
    }
  } finally {
    if (!values.keep) await setting.down();
  }
}

main().catch(error => {
  process.stderr.write(`bench:builds: ${(error as Error).stack}\n`);
  process.exitCode = 1;
});
