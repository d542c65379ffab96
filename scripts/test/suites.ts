import type { Format } from './counts.ts';

/** One thing that `make test` runs. */
export interface Suite {
  name: string;
  title: string;
  /** Program and arguments; no shell. `REPORT` is replaced by the path of the report file, `CACHE` by that of the cache folder. */
  command: string[];
  /** How the report file is read; `exit-code` counts the command itself as one test. */
  format: Format;
  /** The suite is stopped and counts as failed after this long. */
  limitMinutes: number;
  /** What it takes on a quiet machine with two cores and warm caches. */
  usualMinutes: number;
  /** Runs beside another one like it: needs one core, no lab, and measures no time. Its output is shown when it ends. */
  beside?: boolean;
  /** Not part of `make test`, but of `make test-all`. */
  long?: boolean;
}

const nodeTests = (...globs: string[]) => [
  'node',
  '--test',
  '--test-concurrency=1',
  '--test-reporter=spec',
  '--test-reporter-destination=stdout',
  '--test-reporter=tap',
  '--test-reporter-destination=REPORT',
  ...globs,
];

/**
 * Jest's options: a report, and a cache that outlives the checkout. What it keeps goes by content and place in the repository, so
 * a clean checkout finds everything transformed.
 */
const jest = ['--json', '--outputFile=REPORT', '--cacheDirectory=CACHE/jest'];

/** A long end-to-end test in one file, with a lab of its own. */
const longOnLab = (
  file: string,
  about: string,
  usualMinutes: number,
): Suite => ({
  name: `e2e-${file}`,
  title: `End to end on the lab: ${about}`,
  command: nodeTests(`packages/e2e/src/${file}.long.test.ts`),
  format: 'tap',
  limitMinutes: Math.max(30, 3 * usualMinutes),
  usualMinutes,
  long: true,
});

/** All suites, quick ones first so that a plain mistake is told early. */
export const suites: Suite[] = [
  {
    name: 'format',
    title: 'Formatting (Prettier)',
    command: ['yarn', 'prettier:check'],
    format: 'exit-code',
    limitMinutes: 5,
    usualMinutes: 0.2,
    beside: true,
  },
  {
    name: 'types',
    title: 'Types (tsc, portal)',
    command: ['yarn', 'tsc'],
    format: 'exit-code',
    limitMinutes: 10,
    usualMinutes: 1,
    beside: true,
  },
  {
    name: 'types-lab',
    title: 'Types (tsc, lab)',
    command: ['yarn', 'tsc', '--project', 'packages/lab'],
    format: 'exit-code',
    limitMinutes: 5,
    usualMinutes: 0.2,
    beside: true,
  },
  {
    name: 'types-e2e',
    title: 'Types (tsc, end-to-end tests)',
    command: ['yarn', 'tsc', '--project', 'packages/e2e'],
    format: 'exit-code',
    limitMinutes: 5,
    usualMinutes: 0.2,
    beside: true,
  },
  {
    name: 'lint',
    title: 'ESLint, import arrows included',
    command: ['yarn', 'lint'],
    format: 'exit-code',
    limitMinutes: 10,
    usualMinutes: 1,
    beside: true,
  },
  {
    name: 'scripts',
    title: 'Set-up scripts and this runner',
    command: nodeTests('scripts/**/*.test.ts'),
    format: 'tap',
    limitMinutes: 5,
    usualMinutes: 0.2,
    beside: true,
  },
  {
    name: 'ansible',
    title: 'Ansible: lint, callback, kubectl gate',
    command: ['ansible/tests/run.sh'],
    format: 'line',
    limitMinutes: 5,
    usualMinutes: 0.5,
    beside: true,
  },
  {
    name: 'packer',
    title: 'Images for real Proxmox: template and base',
    command: ['packer/test/run.sh', 'test_base_vm', 'test_template'],
    format: 'line',
    limitMinutes: 10,
    usualMinutes: 0.2,
    beside: true,
  },
  {
    name: 'packages',
    title: 'Plugins and app (Jest)',
    command: ['yarn', 'test', '--maxWorkers=2', ...jest],
    format: 'jest',
    limitMinutes: 30,
    usualMinutes: 10,
  },
  {
    name: 'lab',
    title: 'Lab: API double with the real provider, hosts, identity, images',
    command: nodeTests('packages/lab/src/**/!(*.long).test.ts'),
    format: 'tap',
    limitMinutes: 20,
    usualMinutes: 3,
  },
  {
    name: 'e2e',
    title: 'End to end on the lab, browser included',
    command: nodeTests('packages/e2e/src/**/!(*.long).test.ts'),
    format: 'tap',
    limitMinutes: 30,
    usualMinutes: 7.5,
  },
  {
    name: 'policies-long',
    title: 'Policies: random ones against a naive evaluator (Jest)',
    command: [
      'yarn',
      'workspace',
      'backend',
      'test:long',
      '--watchAll=false',
      ...jest,
    ],
    format: 'jest',
    limitMinutes: 30,
    usualMinutes: 4,
    long: true,
  },
  longOnLab('scale', 'workers that come and go', 4),
  longOnLab('hibernate', 'a cluster that sleeps and wakes', 4),
  longOnLab('upkeep', 'repair, certificates, backups', 6),
  longOnLab('crash', 'a portal that is killed, and lost state', 3),
  longOnLab('snapshots', 'a cluster that goes back to a snapshot', 4),
  {
    name: 'packages-long',
    title: 'Plugins: faults, races, process boundaries (Jest)',
    command: [
      'yarn',
      'workspace',
      '@kubesmith/plugin-kubesmith-backend',
      'test:long',
      '--watchAll=false',
      '--maxWorkers=2',
      ...jest,
    ],
    format: 'jest',
    limitMinutes: 120,
    usualMinutes: 40,
    long: true,
  },
  longOnLab('trust', 'keys, secrets, kubeconfigs, shares', 7),
  longOnLab('boundaries', 'a portal that dies at every boundary', 5),
  longOnLab('sample', 'a portal that dies at 20 boundaries more', 14),
  longOnLab('runbooks', 'the runbooks', 7.5),
  longOnLab('leases', 'a cluster that expires', 5),
  longOnLab('reconciler', 'what somebody changed by hand is found', 10),
  {
    name: 'ansible-lab',
    title: 'Ansible: the playbook on real nodes',
    command: ['ansible/tests/run.sh', '--lab'],
    format: 'line',
    limitMinutes: 25,
    usualMinutes: 5.5,
    long: true,
  },
  {
    name: 'packer-image',
    title: 'Images for real Proxmox: provisioned twice and sealed on the lab',
    command: ['packer/test/run.sh', 'test_image'],
    format: 'line',
    limitMinutes: 20,
    usualMinutes: 3,
    long: true,
  },
  {
    name: 'adoption',
    title: 'Our packages in a fresh Backstage app, outside of this repository',
    command: nodeTests('packages/e2e/src/adoption/**/*.long.test.ts'),
    format: 'tap',
    limitMinutes: 40,
    usualMinutes: 6,
    long: true,
  },
  {
    ...longOnLab('upgrade', 'Kubernetes upgrades', 15),
    // Compiles an older Kubernetes when the cache has none.
    limitMinutes: 60,
  },
];
