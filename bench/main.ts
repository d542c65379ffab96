/**
 * Measures what Kubesmith costs, and says whether it keeps its targets: see README.md.
 *
 *   yarn bench                     all figures
 *   yarn bench list policy         only those whose names begin like this
 *   yarn bench --lab [lab.…]       those too that need the lab, and root
 *   yarn bench --json FILE         writes them to a file too: one array, one object per figure
 *
 * A missed target is told and ends with exit code 0; only what could not be measured fails.
 */
import { writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { measureCatalog } from './catalog/measureCatalog';
import { type Figure, describeFigure } from './figures';
import { measurePlaybook } from './lab/measurePlaybook';
import { measureReady } from './lab/measureReady';
import { measureList } from './list/measureList';
import { measureCreateOverhead } from './orders/measureCreateOverhead';
import { measureEightAtOnce } from './orders/measureEightAtOnce';
import { measureResume } from './orders/measureResume';
import { measureAllocation } from './pools/measureAllocation';
import { measureDecision } from './policy/measureDecision';
import { measureRedaction } from './secrets/measureRedaction';
import { measureSsh } from './ssh/measureSsh';
import { measureStart } from './start/measureStart';
import { measureSweeps } from './sweeps/measureSweeps';

/** By what the names of their figures begin with. */
const benches: Record<string, () => AsyncIterable<Figure>> = {
  'policy.decision': measureDecision,
  'secrets.redaction': measureRedaction,
  'ssh.kept-connection': measureSsh,
  catalog: measureCatalog,
  sweep: measureSweeps,
  start: measureStart,
  'create.overhead': measureCreateOverhead,
  orders: measureEightAtOnce,
  'resume.after-kill': measureResume,
  'pools.sqlite': () => measureAllocation('sqlite'),
  'pools.postgres': () => measureAllocation('postgres'),
  'list.sqlite': () => measureList('sqlite'),
  'list.postgres': () => measureList('postgres'),
};

/** Only with `--lab`. */
const ofLab: typeof benches = {
  'lab.playbook': measurePlaybook,
  'lab.ready': measureReady,
};

const load = () => loadavg()[0].toFixed(1);

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'string' },
      lab: { type: 'boolean', default: false },
    },
  });
  const all = values.lab ? { ...benches, ...ofLab } : benches;
  const names = Object.keys(all);
  const unknown = positionals.filter(
    asked => !names.some(name => name.startsWith(asked)),
  );
  if (unknown.length > 0) {
    throw new Error(
      `No bench '${unknown.join("', '")}'. There are: ${names.join(', ')}.`,
    );
  }
  const chosen = names.filter(
    name =>
      positionals.length === 0 ||
      positionals.some(asked => name.startsWith(asked)),
  );
  const figures: Figure[] = [];
  for (const name of chosen) {
    const before = load();
    for await (const each of all[name]()) {
      const note = `${
        each.note
      } ${availableParallelism()} cores, load ${before} before and ${load()} after.`;
      figures.push({ ...each, note });
      console.log(describeFigure(figures.at(-1)!));
    }
  }
  if (values.json) {
    await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`);
  }
  const missed = figures.filter(({ met }) => met === false).length;
  console.log(`${figures.length} figures, ${missed} targets missed`);
}

main().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
