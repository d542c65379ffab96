import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { raiseKernelLimits } from './kernelLimits.ts';
import { Progress } from './Progress.ts';

test('raises the inotify limit, says so, and leaves a higher one alone', t => {
  const folder = mkdtempSync(join(tmpdir(), 'kernel-limits-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'max_user_instances');
  const told: string[] = [];
  const progress = new Progress(line => told.push(line));

  writeFileSync(file, '128\n');
  raiseKernelLimits(progress, file);
  assert.equal(readFileSync(file, 'utf8'), '2048');
  assert.match(told.join(''), /from 128 to 2048/);

  writeFileSync(file, '8192\n');
  raiseKernelLimits(progress, file);
  assert.equal(readFileSync(file, 'utf8'), '8192\n');
  assert.equal(told.length, 1);
});
