import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { after, present } from '../../engine/deadline';
import { bindLease, StopError, type StopReason } from '../../engine/stop';
import { AnsibleWorkspace } from '../ansible/AnsibleWorkspace';
import { keyPair } from '../ssh/__testUtils__/keyPair';
import { TerraformRuntime } from '../terraform/TerraformRuntime';
import { TerraformWorkspace } from '../terraform/TerraformWorkspace';
import { toolEnvironment } from './environment';
import { runShort } from './runShort';

jest.setTimeout(60_000);

/**
 * Stands for a tool and its child (a provider, a worker): both write down every signal that can be caught. Ends after an
 * interrupt, as the tools do, unless the word `stubborn` is among its arguments.
 */
const RECORDER = `#!${process.execPath}
const fs = require('node:fs');
const { spawn } = require('node:child_process');
const words = process.argv.slice(2);
if (words.includes('version')) { console.log('{}'); process.exit(0); }
if (words.includes('init') && !fs.existsSync(__dirname + '/slow-init')) {
  process.exit(0);
}
const who = process.env.RECORDER_CHILD ? 'child' : 'tool';
const note = text => fs.appendFileSync(__dirname + '/signals', who + ' ' + text + '\\n');
const stubborn = fs.existsSync(__dirname + '/stubborn');
for (const signal of ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR2', 'SIGPIPE', 'SIGALRM', 'SIGCONT', 'SIGTSTP', 'SIGWINCH']) {
  process.on(signal, () => {
    note(signal);
    if (signal === 'SIGINT' && !stubborn) setTimeout(() => process.exit(1), 300);
  });
}
if (who === 'tool') {
  const child = spawn(process.execPath, [__filename], { env: { ...process.env, RECORDER_CHILD: '1' }, stdio: 'ignore' });
  process.on('exit', () => child.kill('SIGKILL'));
}
note('up ' + process.pid);
setInterval(() => {
  if (fs.existsSync(__dirname + '/end')) process.exit(0);
}, 50);
`;

describe('Signals that we send to tools', () => {
  let folder: string;
  let controller: AbortController;
  const program = () => join(folder, 'recorder');

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubesmith-signals-'));
    controller = new AbortController();
    await writeFile(program(), RECORDER, { mode: 0o755 });
    await writeFile(join(folder, 'main.tf'), '');
  });

  const lines = async () =>
    (await readFile(join(folder, 'signals'), 'utf8').catch(() => ''))
      .split('\n')
      .filter(Boolean);
  const signals = async () =>
    (await lines()).filter(line => !line.includes(' up ')).sort();
  const pids = async () =>
    (await lines()).flatMap(line => / up (\d+)$/.exec(line)?.[1] ?? []);
  const until = async (probe: () => Promise<boolean>) => {
    for (let tries = 0; !(await probe()); tries++) {
      if (tries > 1000) throw new Error('Waited in vain');
      await delay(20);
    }
  };
  const isUp = () => until(async () => (await pids()).length === 2);
  const isGone = () =>
    until(async () =>
      (await pids()).every(pid => {
        try {
          process.kill(Number(pid), 0);
          return false;
        } catch {
          return true;
        }
      }),
    );

  const terraform = (graceMs?: number) =>
    new TerraformWorkspace({
      directory: join(folder, 'cluster'),
      runtime: new TerraformRuntime({
        program: program(),
        root: folder,
        dataDirectory: join(folder, 'data'),
      }),
      credentials: { endpoint: 'https://x', tokenId: 'a', tokenSecret: 'b' },
      graceMs,
    });
  const ansible = () =>
    new AnsibleWorkspace({
      directory: join(folder, 'cluster'),
      program: program(),
      root: folder,
    });
  const short = (target: 'process' | 'group' | undefined, graceMs = 10_000) =>
    runShort([program()], {
      env: toolEnvironment({}),
      timeoutMs: 50_000,
      signal: controller.signal,
      interrupt: target && { target, graceMs },
    });
  const apply = (graceMs?: number) =>
    terraform(graceMs).apply({ variables: {}, signal: controller.signal });
  const playbook = () =>
    ansible().run(
      {
        inventory: {},
        privateKey: keyPair().private,
        knownHosts: '',
        user: 'kubesmith',
        forks: 5,
      },
      { signal: controller.signal },
    );

  afterEach(async () => {
    await writeFile(join(folder, 'end'), '');
    await terraform().stop();
    await ansible().stop();
    await rm(folder, { recursive: true });
  });

  const abort = async (work: Promise<unknown>, reason: StopReason) => {
    work.catch(() => {}); // It may end before we look.
    await isUp();
    controller.abort(new StopError(reason));
    await expect(work).rejects.toThrow(`stopped: ${reason}`);
  };

  it.each<[string, () => Promise<unknown>]>([
    ['terraform apply', () => apply()],
    ['ansible-playbook', () => playbook()],
  ])(
    '%s: none at a shutdown, none when the lease is lost',
    async (_, start) => {
      const first = start();
      await abort(first, 'shutdown');
      await delay(300);
      expect(await signals()).toEqual([]);
      // Whoever takes it up and loses the lease leaves it alone as well.
      controller = new AbortController();
      const following = Promise.all([
        terraform().settle({ signal: controller.signal }),
        ansible().settle({ signal: controller.signal }),
      ]);
      await delay(200);
      await abort(following, 'lease-lost');
      await delay(300);
      expect(await signals()).toEqual([]);
    },
  );

  it('terraform apply: one interrupt to the process alone, also when it is stopped twice', async () => {
    await abort(apply(), 'cancelled');
    await terraform().stop();
    expect(await signals()).toEqual(['tool SIGINT']);
    await isGone();
  });

  it('terraform apply: after the grace time the whole group is killed, and nothing else is sent', async () => {
    await writeFile(join(folder, 'stubborn'), '');
    await abort(apply(700), 'cancelled');
    expect(await signals()).toEqual(['tool SIGINT']);
    await isGone();
  });

  it('ansible-playbook: one interrupt to its group', async () => {
    await abort(playbook(), 'cancelled');
    expect(await signals()).toEqual(['child SIGINT', 'tool SIGINT']);
    await isGone();
  });

  it('the ladder of each tool that makes changes is what was decided', async () => {
    for (const start of [apply, playbook]) {
      const work = start();
      await isUp();
      await writeFile(join(folder, 'end'), '');
      await work;
      await rm(join(folder, 'end'));
      await rm(join(folder, 'signals'));
    }
    const policies: Record<string, unknown> = {};
    for (const kind of ['terraform-runs', 'ansible-runs']) {
      const runs = join(folder, 'cluster', kind);
      const run = (await readdir(runs)).find(name => !name.includes('.'))!;
      const request = await readFile(join(runs, run, 'request.json'), 'utf8');
      policies[kind] = JSON.parse(request).interrupt;
    }
    expect(policies).toEqual({
      'terraform-runs': { target: 'process', graceMs: 900_000 },
      'ansible-runs': { target: 'group', graceMs: 60_000 },
    });
  });

  it('terraform init: one interrupt to the process alone', async () => {
    // The copy of the module is made first, by an init of its own that takes no signal.
    const workspace = terraform();
    await writeFile(join(folder, '.terraform.lock.hcl'), '');
    const runtime = new TerraformRuntime({
      program: program(),
      root: folder,
      dataDirectory: join(folder, 'data'),
    });
    await runtime.directory();
    await writeFile(join(folder, 'slow-init'), '');
    const init = runtime.init(
      { dataDirectory: join(folder, 'd'), statePath: join(folder, 's') },
      controller.signal,
    );
    await abort(init, 'shutdown');
    expect(await signals()).toEqual(['tool SIGINT']);
    await isGone();
    await workspace.stop();
  });

  it('short commands of terraform: an interrupt to the process alone, then the group is killed', async () => {
    await writeFile(join(folder, 'stubborn'), '');
    await abort(short('process', 500), 'lease-lost');
    expect(await signals()).toEqual(['tool SIGINT']);
    await isGone();
  });

  it('other short commands: killed at once', async () => {
    await abort(short(undefined), 'shutdown');
    expect(await signals()).toEqual([]);
    // Its child is not ours to know; nothing that we call in this way has one.
    for (const pid of await pids()) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // Gone already.
      }
    }
  });

  it('no tool is started once the lease is over, though nobody was told yet', async () => {
    const past = after(present(), -1);
    bindLease(controller.signal, () => past);
    await expect(short('process')).rejects.toThrow('stopped: lease-lost');
    await expect(playbook()).rejects.toThrow('stopped: lease-lost');
    await expect(apply()).rejects.toThrow('stopped: lease-lost');
    expect(await lines()).toEqual([]);
  });
});
