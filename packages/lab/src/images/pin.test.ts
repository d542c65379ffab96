import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wrapperModule } from './pin.ts';

const upstream = {
  module: 'example.org/server',
  tools: ['example.org/server/cmd/server'],
};

test('a wrapper takes over what decides the build: versions, replacements, settings of the runtime', () => {
  const text = wrapperModule('server', '1.2.3', upstream, {
    Go: '1.26.0',
    GoDebug: [{ Key: 'default', Value: 'go1.25' }],
    Require: [
      { Path: 'example.org/a', Version: 'v1.0.0' },
      { Path: 'example.org/b', Version: 'v2.0.0', Indirect: true },
    ],
    Replace: [
      {
        Old: { Path: 'example.org/a', Version: 'v1.0.0' },
        New: { Path: 'example.org/fork', Version: 'v1.0.1' },
      },
      { Old: { Path: 'example.org/own' }, New: { Path: '../own' } },
    ],
  });
  assert.equal(
    text,
    `module lab.local/server

go 1.26.0

godebug (
	default=go1.25
)

tool (
	example.org/server/cmd/server
)

require example.org/server v1.2.3

require (
	example.org/a v1.0.0
	example.org/b v2.0.0 // indirect
)

replace (
	example.org/a v1.0.0 => example.org/fork v1.0.1
)
`,
  );
});

test('the staging modules of Kubernetes get the tag that belongs to the release', () => {
  const text = wrapperModule(
    'kubernetes',
    '1.36.3',
    { module: 'k8s.io/kubernetes', tools: [] },
    {
      Go: '1.26.0',
      GoDebug: null,
      Require: [{ Path: 'k8s.io/api', Version: 'v0.0.0' }],
      Replace: [
        {
          Old: { Path: 'k8s.io/api' },
          New: { Path: './staging/src/k8s.io/api' },
        },
      ],
    },
  );
  assert.match(
    text,
    /^replace \(\n\tk8s\.io\/api => k8s\.io\/api v0\.36\.3\n\)$/m,
  );
  assert.doesNotMatch(text, /staging|v0\.0\.0|godebug|tool/);
});
