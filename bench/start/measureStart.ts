/* eslint-disable @backstage/no-relative-monorepo-imports -- a configuration as the product's tests have it */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { testConfigData } from '../../plugins/kubesmith-backend/src/__testUtils__/config';
import { type Figure, figure, median } from '../figures';
import { freePort } from '../freePort';

const ROOT = resolve(__dirname, '../..');
const PAIRS = 5;
const LIMIT_MS = 300_000;
/** Until first turns of tasks are over. */
const SETTLE_MS = 5000;
const MIB = 1024 * 1024;

type Started = { ms: number; rss: number };

/** What a portal's backend takes longer to start, and more memory, with Kubesmith's plugins. */
export async function* measureStart(): AsyncGenerator<Figure> {
  const folder = await mkdtemp(join(tmpdir(), 'kubesmith-bench-start-'));
  try {
    const rounds: { with: Started; without: Started }[] = [];
    for (let round = -1; round < PAIRS; round++) {
      const sides = { with: await start(folder, true) } as (typeof rounds)[0];
      sides.without = await start(folder, false);
      // The first one makes the tables.
      if (round >= 0) rounds.push(sides);
    }
    const middle = (side: 'with' | 'without', what: keyof Started) =>
      median(rounds.map(each => each[side][what]));
    yield figure({
      name: 'start.time',
      values: rounds.map(each => each.with.ms / each.without.ms),
      note: `For comparison: from the start of the process until the backend is ready, with Kubesmith's plugins / without: ${(
        middle('with', 'ms') / 1000
      ).toFixed(1)} s / ${(middle('without', 'ms') / 1000).toFixed(
        1,
      )} s. On SQLite, with tables that are there already. Our plugins are compiled while they are loaded, as in this repository; in an image they are compiled before. Left out on both sides: sign-in and frontend.`,
    });
    yield figure({
      name: 'start.memory',
      values: rounds.map(each => each.with.rss / each.without.rss),
      note: `For comparison: resident memory ${
        SETTLE_MS / 1000
      } s after that: ${(middle('with', 'rss') / MIB).toFixed(0)} MiB / ${(
        middle('without', 'rss') / MIB
      ).toFixed(0)} MiB.`,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function start(folder: string, withOurs: boolean): Promise<Started> {
  const own = join(folder, withOurs ? 'with' : 'without');
  await mkdir(own, { recursive: true });
  const port = await freePort();
  const config = join(own, 'app-config.json');
  await writeFile(config, JSON.stringify(configuration(own, port)));
  const begun = performance.now();
  const child = spawn(
    process.execPath,
    [
      '--import',
      '@backstage/cli/config/nodeTransform.cjs',
      join(__dirname, 'backend.ts'),
      '--config',
      config,
    ],
    {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        NODE_ENV: 'development',
        LOG_LEVEL: 'error',
        KUBESMITH_BENCH_WITH: withOurs ? '1' : '0',
      },
    },
  );
  const ended = once(child, 'exit');
  try {
    await Promise.race([
      ready(port),
      ended.then(([code]) => {
        throw new Error(`The backend ended with ${code} while it started`);
      }),
    ]);
    const ms = performance.now() - begun;
    await checkPlugins(port, withOurs);
    await delay(SETTLE_MS);
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
    const rss = Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1024;
    return { ms, rss };
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

function configuration(folder: string, port: number) {
  const baseUrl = `http://127.0.0.1:${port}`;
  return {
    app: { baseUrl },
    backend: {
      baseUrl,
      listen: { host: '127.0.0.1', port },
      database: { client: 'better-sqlite3', connection: { directory: folder } },
    },
    auth: { session: { secret: 'of-the-bench-alone' }, providers: {} },
    permission: { enabled: true },
    catalog: { rules: [{ allow: ['Resource', 'System'] }], locations: [] },
    kubesmith: { ...testConfigData(), dataDirectory: join(folder, 'data') },
  };
}

async function ready(port: number): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const answer = await fetch(
      `http://127.0.0.1:${port}/.backstage/health/v1/readiness`,
    ).catch(() => undefined);
    if (answer?.ok) return;
    if (performance.now() > deadline) throw new Error('It does not get ready');
    await delay(25);
  }
}

/** Ours asks for credentials where it is; the catalog does in any case. */
async function checkPlugins(port: number, withOurs: boolean): Promise<void> {
  for (const [path, isThere] of [
    ['catalog/entities', true],
    ['kubesmith/v1/clusters', withOurs],
  ] as const) {
    const { status } = await fetch(`http://127.0.0.1:${port}/api/${path}`);
    if (status !== (isThere ? 401 : 404))
      throw new Error(`/api/${path} answered ${status}`);
  }
}
