import {
  type FieldProblem,
  fieldProblem,
  nodeName,
} from '@kubesmith/plugin-kubesmith-common';
import type { ClusterRecord, NodeRecord } from '../../../database/records';

/** How many workers are wanted, and which leave. */
export interface ScaleWish {
  /** How many there are to be. */
  workers: number;
  /** Names of workers to remove; the newest ones, if absent and there are too many. */
  remove?: string[];
}

/** Which nodes come and which go. */
export interface ScalePlan {
  /** Names of new workers: numbers that no node of the cluster ever had. */
  added: string[];
  /** Workers that an earlier operation left half made: they are completed. */
  completed: NodeRecord[];
  /** Those half removed by an earlier operation are always among them. */
  removed: NodeRecord[];
}

const isWorker = ({ role }: NodeRecord) => role === 'worker';

/**
 * What scaling would do, or what is wrong with it. The answer depends on the records alone, so that what people were shown is
 * what happens, as long as nobody else scaled in between.
 *
 * @param nodes - all that the cluster ever had
 */
export function planScale(
  cluster: Pick<ClusterRecord, 'name'>,
  nodes: NodeRecord[],
  wish: ScaleWish,
  limits: { maxWorkers: number },
): { plan?: ScalePlan; problems: FieldProblem[] } {
  const problems: FieldProblem[] = [];
  const { workers, remove = [] } = wish;
  if (!Number.isInteger(workers) || workers < 1 || workers > limits.maxWorkers)
    problems.push(
      fieldProblem('workers', 'KUBESMITH-SCALE-WORKERS-INVALID', {
        workers,
        max: limits.maxWorkers,
      }),
    );
  const present = nodes.filter(
    ({ removedAt, role }) => role === 'worker' && removedAt === undefined,
  );
  const named = new Set(remove);
  for (const name of named) {
    const node = nodes.find(candidate => candidate.name === name);
    if (!node || node.removedAt !== undefined)
      problems.push(
        fieldProblem('remove', 'KUBESMITH-WORKER-UNKNOWN', {
          node: name,
          choices: present.map(worker => worker.name).join(', '),
        }),
      );
    else if (node.role !== 'worker')
      problems.push(
        fieldProblem('remove', 'KUBESMITH-NODE-NOT-REMOVABLE', { node: name }),
      );
  }
  if (problems.length > 0) return { problems };

  // Chosen ones leave; then as many come, or of the newest leave, as it takes.
  const leaves = ({ name, state }: NodeRecord) =>
    named.has(name) || state === 'leaving';
  const chosen = present.filter(leaves);
  const others = present.filter(node => !leaves(node));
  const surplus = Math.max(0, others.length - workers);
  const newest = [...others].sort(unfinishedAndNewestFirst).slice(0, surplus);
  const staying = others.filter(node => !newest.includes(node));
  const first = 1 + Math.max(0, ...nodes.filter(isWorker).map(numberOf));
  const plan: ScalePlan = {
    added: Array.from({ length: workers - staying.length }, (_, index) =>
      nodeName(cluster.name, 'worker', first + index),
    ),
    completed: staying.filter(({ state }) => state !== 'ready'),
    removed: [...chosen, ...newest],
  };
  const isEmpty = Object.values(plan).every(list => list.length === 0);
  return isEmpty
    ? {
        problems: [
          fieldProblem('workers', 'KUBESMITH-SCALE-NOTHING', {
            name: cluster.name,
            workers,
          }),
        ],
      }
    : { plan, problems };
}

function unfinishedAndNewestFirst(a: NodeRecord, b: NodeRecord): number {
  const unfinished = Number(b.state !== 'ready') - Number(a.state !== 'ready');
  return unfinished || numberOf(b) - numberOf(a);
}

/** The number at the end of a node's name. */
function numberOf({ name }: NodeRecord): number {
  return Number(/(\d+)$/.exec(name)?.[1] ?? 0);
}
