/** Runs the whole matrix of the policies alone; its figures are the last line: `N cells, M wrong`. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'kubesmith-matrix-'));
const summary = join(folder, 'summary');
const { status } = spawnSync(
  'yarn',
  ['test:long', '--watchAll=false', 'src/policies/matrix.long.test.ts'],
  {
    stdio: 'inherit',
    env: { ...process.env, KUBESMITH_MATRIX_SUMMARY: summary },
  },
);
let figures = 'The matrix did not come to its end';
try {
  figures = readFileSync(summary, 'utf8');
} catch (error) {
  if (error.code !== 'ENOENT') throw error;
}
rmSync(folder, { recursive: true });
process.stdout.write(`${figures}\n`);
process.exitCode = status ?? 1;
