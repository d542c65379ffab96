import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** The product must not know the lab: one code path, tested in the lab, is what runs in production (ARCHITECTURE.md). */
const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));

function productFiles(): string[] {
  return execFileSync(
    'git',
    [
      'ls-files',
      '-z',
      '--cached',
      '--others',
      '--exclude-standard',
      'plugins',
      'packages/app',
      'packages/backend',
      'terraform',
      'ansible',
      'templates',
    ],
    { cwd: REPOSITORY, encoding: 'utf8' },
  )
    .split('\0')
    .filter(
      file =>
        /\.(tsx?|[cm]?js|ya?ml|json|tf|py|j2|sh)$/.test(file) &&
        // Tests may use the lab; `dev/` holds what developers start by hand.
        !/\.test\.tsx?$|__testUtils__|(^|\/)(tests?|testing|dev)\//.test(file),
    );
}

test('the product’s code and data do not mention the lab or its overrides', () => {
  const files = productFiles();
  assert.ok(files.length > 200, `looked at ${files.length} files only`);
  const traces = files.filter(file =>
    /node-overrides\.json|nspawn|@kubesmith\/lab|packages\/lab/.test(
      readFileSync(join(REPOSITORY, file), 'utf8'),
    ),
  );
  assert.deepEqual(traces, []);
});

test('the lab’s overrides reach the product through its configuration only', () => {
  const configuration = ['app-config.yaml', 'app-config.production.yaml'];
  for (const file of configuration) {
    assert.doesNotMatch(
      readFileSync(join(REPOSITORY, file), 'utf8'),
      /node-overrides\.json/,
      file,
    );
  }
  assert.match(
    readFileSync(join(REPOSITORY, 'app-config.lab.yaml'), 'utf8'),
    /nodeOverrides:\n\s+\$include: packages\/lab\/node-overrides\.json/,
  );
});
