import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Figure, figure, median } from '../figures';

const BENCH = resolve(__dirname, '../../ansible/tests/bench.sh');

type Pair = { ours: number; original: number; verifying: number };
type Result = { first: number; pairs: Pair[] };

/** What running the playbook again costs, against its first run and against the shape that the original's roles had. */
export async function* measurePlaybook(): AsyncGenerator<Figure> {
  const { first, pairs } = await run();
  const seconds = (side: keyof Pair) =>
    `${median(pairs.map(pair => pair[side])).toFixed(1)} s`;
  const where =
    'On three real nodes of the lab, one control plane and two workers; no run may change anything.';
  yield figure({
    name: 'lab.playbook-rerun',
    values: pairs.map(({ ours }) => ours / first),
    target: { atMost: 0.25 },
    note: `A run that finds all done / the first one: ${seconds(
      'ours',
    )} / ${first.toFixed(1)} s. ${where}`,
  });
  yield figure({
    name: 'lab.playbook-original-shape',
    values: pairs.map(({ original, ours }) => original / ours),
    target: { atLeast: 4 },
    note: `A run that finds all done, in the original's shape (one task per line, facts in each play, no pipelining) / ours: ${seconds(
      'original',
    )} / ${seconds(
      'ours',
    )}. A playbook of 26 tasks stands for the original's roles. ${where}`,
    why: `Ours runs a Pod and asks the cluster's DNS at the end, ${seconds(
      'verifying',
    )} of it; the original's did not.`,
  });
}

async function run(): Promise<Result> {
  const child = spawn('sh', [BENCH, 'bench_playbook.py'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const output = await text(child.stdout);
  const [code] = await ended;
  if (code !== 0)
    throw new Error(`The bench of the playbook ended with ${code}`);
  return JSON.parse(output);
}
