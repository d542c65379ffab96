import { figure, type Figure, median } from '../figures';

/** One cluster that was built and deleted, as packages/e2e/src/bench/builds.ts tells it. */
export interface Build {
  name: string;
  /** From the order to Ready; missing when it did not get there. */
  readySeconds?: number;
  /** Of each step of the creation. */
  steps: Record<string, number>;
  /** From the request to the end of the deletion; missing when it did not end. */
  deletedSeconds?: number;
  /** Why it is no success. */
  problem?: string;
  /** What it left, by kind; missing when nobody could look. */
  leaks?: Record<string, string[]>;
}

const LAB =
  'Real: the portal with its API, Terraform, Ansible, kubeadm on hosts of the lab. Stand-in: the API double of Proxmox, whose machines are containers.';

/** What a row of builds came to, as `yarn bench` writes its figures. */
export function buildFigures(builds: Build[], note: string): Figure[] {
  const good = builds.filter(({ problem }) => problem === undefined);
  const problems = builds.flatMap(({ name, problem }) =>
    problem ? [`${name}: ${problem}`] : [],
  );
  const figures = [
    figure({
      name: 'builds.success-rate',
      values: [good.length / builds.length],
      target: { atLeast: 1 },
      note: `Of ${builds.length} clusters that were built and deleted in a row. ${note} ${LAB}`,
      why: problems.join(' '),
    }),
    leakFigure(builds),
  ];
  const seconds = {
    ready: builds.flatMap(each => each.readySeconds ?? []),
    deleted: builds.flatMap(each => each.deletedSeconds ?? []),
  };
  for (const what of ['ready', 'deleted'] as const) {
    if (seconds[what].length === 0) continue;
    const from = what === 'ready' ? 'the order' : 'its request';
    const to = what === 'ready' ? 'Ready' : 'the end of the deletion';
    const text = `Seconds from ${from} to ${to}, of ${seconds[what].length} clusters.`;
    const { spread } = figure({ name: what, values: seconds[what], note: '' });
    figures.push(
      {
        ...figure({
          name: `builds.${what}-p50`,
          values: [median(seconds[what])],
          note: what === 'ready' ? `${text} ${describeSteps(builds)}` : text,
        }),
        spread,
      },
      {
        ...figure({
          name: `builds.${what}-p95`,
          values: [p95(seconds[what])],
          note: text,
        }),
        spread,
      },
    );
  }
  return figures;
}

function leakFigure(builds: Build[]): Figure {
  const leaks = builds.flatMap(({ leaks: all, name }) =>
    Object.entries(all ?? {}).flatMap(([what, lines]) =>
      lines.map(line => `${name}: ${what}: ${line}`),
    ),
  );
  const unseen = builds.filter(each => !each.leaks).length;
  return figure({
    name: 'builds.leaks',
    values: [leaks.length + unseen],
    target: { atMost: 0 },
    note: `Machines, addresses, records, states, workspaces and processes that deleted clusters left.`,
    why: [
      ...leaks.slice(0, 20),
      ...(unseen ? [`${unseen} were not looked at.`] : []),
    ].join(' '),
  });
}

function describeSteps(builds: Build[]): string {
  const names = Object.keys(builds.find(each => each.readySeconds)!.steps);
  const medians = names.map(name => {
    const all = builds.flatMap(({ steps }) => steps[name] ?? []);
    return `${name} ${median(all).toFixed(1)} s`;
  });
  return `In the middle: ${medians.join(', ')}.`;
}

function p95(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1]!;
}
