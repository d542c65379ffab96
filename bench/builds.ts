/**
 * Builds and deletes clusters in a row on the lab, and says how many succeeded, how long it took and what they left.
 *
 *   yarn bench:builds 100 [--workers 1] [--hours 8] [--instance bench] [--keep] [--json FILE]
 *
 * Ends after so many clusters or hours. SIGINT: after the cluster at hand, with figures; twice: at once, and the lab is left.
 */
import { writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { describeFigure } from './figures';
import { type Build, buildFigures } from './lab/buildFigures';
import { linesOf } from './lab/linesOf';

async function main() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      workers: { type: 'string', default: '1' },
      hours: { type: 'string', default: '8' },
      instance: { type: 'string', default: 'bench' },
      keep: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const [count, ...others] = positionals;
  if (!count || others.length > 0)
    throw new Error('Say how many clusters: yarn bench:builds 100');
  const before = loadavg()[0].toFixed(1);
  const builds: Build[] = [];
  const lines = linesOf('builds.ts', [
    count,
    ...(['workers', 'hours', 'instance'] as const).map(
      name => `--${name}=${values[name]}`,
    ),
    ...(values.keep ? ['--keep'] : []),
  ]);
  for await (const line of lines) {
    builds.push(line as Build);
    console.error(JSON.stringify(line));
  }
  if (builds.length === 0) throw new Error('No cluster was built');
  const asked =
    builds.length < Number(count)
      ? ` ${count} were asked for; it was ended.`
      : '';
  const figures = buildFigures(
    builds,
    `One control plane and ${
      values.workers
    } workers each.${asked} ${availableParallelism()} cores, load ${before} before and ${loadavg()[0].toFixed(
      1,
    )} after.`,
  );
  for (const each of figures) console.log(describeFigure(each));
  if (values.json)
    await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`);
}

main().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
