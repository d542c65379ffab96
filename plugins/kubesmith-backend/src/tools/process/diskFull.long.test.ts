import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { SupervisedRun } from './SupervisedRun';

jest.setTimeout(5 * 60_000);

const run = promisify(execFile);
/** The folder, that of the run, request.json, run.json, stdout, stderr, and what is removed later. */
const FILES = 6;
const FILLERS = 4;

describe('SupervisedRun on a full disk', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubesmith-full-'));
    const options = `size=8m,nr_inodes=${FILES + FILLERS}`;
    // Needs root, as the lab does.
    await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
    for (let index = 0; index < FILLERS; index++)
      await writeFile(join(folder, `filler-${index}`), '');
  });

  afterEach(async () => {
    for (const left of await SupervisedRun.findLive(folder)) await left.stop();
    await run('umount', ['--lazy', folder]);
    await rm(folder, { recursive: true, force: true });
  });

  const record = async () =>
    JSON.parse(await readFile(join(folder, 'run', 'run.json'), 'utf8'));

  it('should go on to watch over a tool whose pid it could not write down yet', async () => {
    const supervised = await SupervisedRun.start({
      directory: join(folder, 'run'),
      argv: [process.execPath, '-e', 'setTimeout(() => {}, 6000)'],
      cwd: folder,
      env: { PATH: process.env.PATH ?? '' },
      timeoutMs: 30_000,
      interrupt: { target: 'process', graceMs: 1000 },
    });
    await delay(1500);
    expect((await record()).child).toBeNull();
    expect(await supervised.exit()).toBeUndefined();
    for (let index = 0; index < FILLERS; index++)
      await rm(join(folder, `filler-${index}`));
    expect(await supervised.wait()).toMatchObject({ code: 0, lost: false });
    expect((await record()).child).toMatchObject({ pid: expect.any(Number) });
  });
});
