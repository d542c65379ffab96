import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { after, present } from '../../engine/deadline';
import { isAlive } from './identity';
import { RunRequest, SupervisedRun } from './SupervisedRun';

jest.setTimeout(60_000);

describe('SupervisedRun', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubesmith-run-'));
  });

  afterEach(async () => {
    for (const run of await SupervisedRun.findLive(folder)) await run.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const request = (
    script: string,
    overrides: Partial<RunRequest> = {},
  ): RunRequest => ({
    directory: join(folder, 'run'),
    argv: [process.execPath, '-e', script],
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', GREETING: 'hello' },
    timeoutMs: 30_000,
    interrupt: { target: 'process', graceMs: 1000 },
    ...overrides,
  });
  const record = async () =>
    JSON.parse(await readFile(join(folder, 'run', 'run.json'), 'utf8'));

  it('should pass arguments and the listed environment untouched by a shell', async () => {
    process.env.KUBESMITH_TEST_SECRET = 'not for tools';
    const lines: string[] = [];
    const run = await SupervisedRun.start(
      request(
        'console.log(process.argv[1], process.env.GREETING, process.env.KUBESMITH_TEST_SECRET)',
        {
          argv: [
            process.execPath,
            '-e',
            'console.log(process.argv[1], process.env.GREETING, process.env.KUBESMITH_TEST_SECRET)',
            '$(id); `id` "x',
          ],
        },
      ),
    );
    const exit = await run.wait({ onStdout: line => lines.push(line) });
    delete process.env.KUBESMITH_TEST_SECRET;
    expect(exit).toMatchObject({
      code: 0,
      signal: null,
      killed: false,
      lost: false,
    });
    expect(lines).toEqual(['$(id); `id` "x hello undefined']);
  });

  it('should say why a program could not be started', async () => {
    const run = await SupervisedRun.start(
      request('', { argv: ['/does/not/exist'] }),
    );
    expect(await run.wait()).toMatchObject({ code: null, error: 'ENOENT' });
  });

  it('should keep the head within the limit and the end of a long output', async () => {
    const lines: string[] = [];
    const run = await SupervisedRun.start(
      request(
        'for (let i = 0; i < 200000; i++) console.log(i); console.log("the reason")',
        { maxOutputBytes: 10_000 },
      ),
    );
    expect(
      await run.wait({ onStdout: line => lines.push(line) }),
    ).toMatchObject({ code: 0 });
    expect((await readFile(join(folder, 'run', 'stdout'))).length).toBe(10_000);
    expect(lines[0]).toBe('0');
    expect(lines.at(-1)).toBe('the reason');
  });

  it('should send one SIGINT to the process alone and wait for it', async () => {
    const run = await SupervisedRun.start(
      request(`
        let count = 0;
        process.on('SIGINT', () => { count++; console.log('interrupted', count); setTimeout(() => process.exit(3), 400); });
        console.log('up');
        setInterval(() => {}, 1000);`),
    );
    const lines: string[] = [];
    const ended = run.wait({ onStdout: line => lines.push(line) });
    while (!lines.includes('up')) await delay(20);
    await run.interrupt();
    await run.interrupt();
    expect(await ended).toMatchObject({
      code: 3,
      interrupted: 'request',
      killed: false,
    });
    expect(lines).toEqual(['up', 'interrupted 1']);
  });

  it('should kill the whole group when the grace time is over', async () => {
    const run = await SupervisedRun.start(
      request(
        `process.on('SIGINT', () => {});
         const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
         console.log(child.pid);
         setInterval(() => {}, 1000);`,
        { interrupt: { target: 'process', graceMs: 200 } },
      ),
    );
    const lines: string[] = [];
    const ended = run.wait({ onStdout: line => lines.push(line) });
    while (lines.length === 0) await delay(20);
    const grandchild = Number(lines[0]);
    expect(await run.stop()).toMatchObject({
      signal: 'SIGKILL',
      interrupted: 'request',
      killed: true,
    });
    await ended;
    expect(() => process.kill(grandchild, 0)).toThrow('ESRCH');
  });

  it('should interrupt by itself when the time is over', async () => {
    const run = await SupervisedRun.start(
      request('setInterval(() => {}, 1000)', { timeoutMs: 200 }),
    );
    expect(await run.wait()).toMatchObject({
      signal: 'SIGINT',
      interrupted: 'timeout',
    });
  });

  it('should end by itself when nobody attends it, and not before', async () => {
    const long = await SupervisedRun.start({
      ...request('console.log("up"); setInterval(() => {}, 1000)'),
      attended: { until: after(present(), 600), graceMs: 300 },
    });
    const attended = new AbortController();
    const begun = performance.now();
    const following = long.wait({
      signal: attended.signal,
      attendedUntil: () => after(present(), 600),
    });
    await delay(1800);
    expect(await long.exit()).toBeUndefined();
    attended.abort(new Error('we are gone'));
    await expect(following).rejects.toThrow('we are gone');
    while (!(await long.exit())) await delay(50);
    expect(await long.exit()).toMatchObject({ interrupted: 'unattended' });
    expect(performance.now() - begun).toBeGreaterThan(2300);
  });

  it('should be killed when nobody attends it and it does not stop', async () => {
    const deaf = await SupervisedRun.start({
      ...request(
        "process.on('SIGINT', () => {}); setInterval(() => {}, 1000)",
        { interrupt: { target: 'process', graceMs: 60_000 } },
      ),
      attended: { until: after(present(), 300), graceMs: 300 },
    });
    const exit = await deaf.wait();
    expect(exit).toMatchObject({ interrupted: 'unattended', killed: true });
  });

  it('should not start a tool too late, and say that it is lost', async () => {
    const marker = join(folder, 'ran');
    const run = await SupervisedRun.start(
      request(
        `require('node:fs').writeFileSync(${JSON.stringify(marker)}, '')`,
        {
          startBefore: present(),
        },
      ),
    );
    expect(await run.wait()).toMatchObject({ code: null, lost: true });
    expect(await readFile(marker).catch(() => 'absent')).toBe('absent');
    expect((await record()).child).toBeNull();
  });

  it('should keep the time in place of a supervisor that was killed', async () => {
    const run = await SupervisedRun.start(
      request('setInterval(() => {}, 1000)', { timeoutMs: 1500 }),
    );
    let { child } = await record();
    while (!child) ({ child } = await record());
    process.kill((await record()).supervisor.pid, 'SIGKILL');
    expect(await run.wait()).toMatchObject({ lost: true });
    expect(await isAlive(child)).toBe(false);
  });

  it('should be lost, not running, when supervisor and tool vanished without a record', async () => {
    const run = await SupervisedRun.start(
      request('setInterval(() => {}, 1000)'),
    );
    let { child } = await record();
    while (!child) ({ child } = await record());
    const { supervisor } = await record();
    process.kill(supervisor.pid, 'SIGKILL');
    expect(await run.exit()).toBeUndefined();
    process.kill(child.pid, 'SIGKILL');
    for (const killed of [supervisor, child])
      while (await isAlive(killed)) await delay(20);
    expect(await run.exit()).toMatchObject({ lost: true });
  });

  it('should outlive a kill -9 of the process that started it and be found again', async () => {
    // A process of its own stands for the backend: it starts the supervisor just as SupervisedRun does.
    const directory = join(folder, 'run');
    const script = `
      const { spawn } = require('node:child_process');
      const fs = require('node:fs');
      fs.mkdirSync(${JSON.stringify(directory)});
      fs.writeFileSync(${JSON.stringify(
        join(directory, 'request.json'),
      )}, JSON.stringify({
        argv: [process.execPath, '-e', 'console.log("begun"); setTimeout(() => console.log("done"), 1500)'],
        cwd: '/', timeoutMs: 30000, maxOutputBytes: 1e6, interrupt: { target: 'process', graceMs: 100 } }));
      spawn(process.execPath, [${JSON.stringify(
        require.resolve('../../../assets/supervise.cjs'),
      )}, ${JSON.stringify(directory)}],
        { detached: true, stdio: 'ignore' }).unref();
      setInterval(() => {}, 1000);`;
    const backend = spawn(process.execPath, ['-e', script], {
      stdio: 'ignore',
    });
    const begun = async () =>
      (
        await readFile(join(directory, 'stdout'), 'utf8').catch(() => '')
      ).includes('begun');
    while (!(await begun())) await delay(20);
    backend.kill('SIGKILL');

    const [run] = await SupervisedRun.findLive(folder);
    const lines: [string, boolean][] = [];
    const exit = await run.wait({
      onStdout: (line, replayed) => lines.push([line, replayed]),
    });
    expect(exit).toMatchObject({ code: 0, lost: false });
    expect(lines).toEqual([
      ['begun', false],
      ['done', false],
    ]);
    expect(await SupervisedRun.findLive(folder)).toEqual([]);
  });

  it('should mark as replayed what an earlier follower saw, and nothing else', async () => {
    const run = await SupervisedRun.start(
      request(
        `console.log('one'); const wait = setInterval(() => {
           if (!require('node:fs').existsSync('go')) return;
           console.log('two'); clearInterval(wait); }, 20);`,
      ),
    );
    const seen: string[] = [];
    const controller = new AbortController();
    const following = run.wait({
      signal: controller.signal,
      onStdout: line => seen.push(line),
    });
    while (seen.length === 0) await delay(20);
    // The position is written right after the lines were delivered.
    await delay(100);
    controller.abort(new Error('killed'));
    await expect(following).rejects.toThrow('killed');
    await writeFile(join(folder, 'go'), '');
    const later = await SupervisedRun.attach(join(folder, 'run'));
    const lines: [string, boolean][] = [];
    await later!.wait({
      onStdout: (line, replayed) => lines.push([line, replayed]),
    });
    expect(lines).toEqual([
      ['one', true],
      ['two', false],
    ]);
  });

  it('should leave the tool alone when only the following is aborted', async () => {
    const run = await SupervisedRun.start(
      request('setTimeout(() => process.exit(7), 600)'),
    );
    const controller = new AbortController();
    const following = run.wait({ signal: controller.signal });
    controller.abort(new Error('shutdown'));
    await expect(following).rejects.toThrow('shutdown');
    expect(await run.wait()).toMatchObject({ code: 7, interrupted: null });
  });

  it('should not take a folder without a run for one', async () => {
    await writeFile(join(folder, 'file'), '');
    expect(await SupervisedRun.attach(folder)).toBeUndefined();
  });
});
