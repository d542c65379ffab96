import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ProcessSampler } from './ProcessSampler.ts';
import { needlesOf } from './secretForms.ts';
import { scanFolder } from './secretScan.ts';

/** Has what each encoding changes: quote, backslash, percent, plus, line break. */
const secretText = () =>
  `canary-"${randomBytes(12).toString('base64')}"+\\%\n-${randomBytes(
    12,
  ).toString('hex')}`;
const canary = secretText();
const json = (text: string) => JSON.stringify({ text });

/** How a program may write a secret down. */
const encodings: Record<string, (secret: string) => string> = {
  raw: secret => `before ${secret} after`,
  JSON: json,
  'JSON in JSON': secret => json(json(secret)),
  URL: secret => `/a?b=${encodeURIComponent(secret)}&c`,
  hex: secret => `00${Buffer.from(secret).toString('hex')}00`,
  'base64 at 0': secret => Buffer.from(`${secret}x`).toString('base64'),
  'base64 at 1': secret => Buffer.from(`:${secret}xy`).toString('base64'),
  'base64 at 2': secret => Buffer.from(`u:${secret}`).toString('base64'),
  base64url: secret => Buffer.from(`??${secret}??`).toString('base64url'),
  'one line': secret => `log: ${secret.split('\n')[1]} end`,
};

describe('the search for secrets', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubesmith-scan-'));
  });
  after(() => rm(folder, { recursive: true }));

  for (const [name, encode] of Object.entries(encodings)) {
    test(`finds one that is written as ${name}`, async () => {
      const place = join(folder, name.replaceAll(' ', '-'), 'deep');
      await mkdir(place, { recursive: true });
      await writeFile(join(place, 'file'), encode(canary));
      const found = await scanFolder(place, needlesOf({ canary }));
      assert.ok(found.length > 0);
      assert.deepEqual(
        await scanFolder(place, needlesOf({ another: secretText() })),
        [],
      );
    });
  }

  test('finds one wherever the pieces are cut in which a file is read', async () => {
    const place = join(folder, 'cut');
    await mkdir(place);
    await writeFile(join(place, 'file'), `${'x'.repeat(300)}${canary}yyy`);
    for (let chunk = 1; chunk < 400; chunk += 7)
      assert.ok(
        (await scanFolder(place, needlesOf({ canary }), chunk)).length > 0,
        `pieces of ${chunk} bytes`,
      );
  });

  test('finds one in the command line and in the environment of a process that lives for a moment', async () => {
    const sampler = new ProcessSampler(needlesOf({ canary }));
    sampler.start();
    const argument = spawn(process.execPath, [
      '-e',
      'setTimeout(() => {}, 400)',
      canary,
    ]);
    const environment = spawn(
      process.execPath,
      ['-e', 'setTimeout(() => {}, 400)'],
      { env: { CANARY: canary } },
    );
    await Promise.all(
      [argument, environment].map(
        child => new Promise(resolve => child.once('exit', resolve)),
      ),
    );
    const { hits, turns } = await sampler.stop();
    assert.ok(turns > 0);
    assert.ok(
      hits.some(hit => hit.pid === argument.pid && hit.where === 'cmdline'),
    );
    assert.ok(
      hits.some(hit => hit.pid === environment.pid && hit.where === 'environ'),
    );
    assert.ok(
      hits.every(({ pid }) => [argument.pid, environment.pid].includes(pid)),
    );
  });
});
