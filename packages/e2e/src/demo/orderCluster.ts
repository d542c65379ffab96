import { setTimeout as sleep } from 'node:timers/promises';
import type {
  Cluster,
  Operation,
  PortalClient,
} from '../client/PortalClient.ts';
import { watchTask } from '../client/TaskWatcher.ts';
import type { Journal } from './Journal.ts';

const TEMPLATE = 'new-k8s-cluster';
/** Longest that an order may take, on a machine that is busy with other things. */
export const ORDER_LIMIT_MS = 15 * 60_000;

/** What the demo orders. */
export interface Order {
  name: string;
  environment: string;
  size: string;
  workers: number;
}

/**
 * The cluster of that name, ready to be used: ordered through the template, or the one that an earlier run ordered. One that
 * is being built is waited for, one that failed is asked to go on.
 */
export async function ensureCluster(
  client: PortalClient,
  order: Order,
  journal: Journal,
): Promise<Cluster> {
  const cluster = await find(client, order);
  if (!cluster) return await placeOrder(client, order, journal);
  switch (cluster.phase) {
    case 'ready':
      journal.line(
        `The cluster '${order.name}' is there already, from an earlier run`,
      );
      return cluster;
    case 'deleting':
      journal.line(
        `An earlier '${order.name}' is being deleted; waiting for its end`,
      );
      await follow(client, cluster.id, journal);
      return await placeOrder(client, order, journal);
    case 'failed':
    case 'needs-attention':
      if (!cluster.operation)
        throw new Error(
          `The cluster '${order.name}' is ${cluster.phase}: run "make demo-down" first`,
        );
      journal.line(
        `The order of an earlier run failed: ${
          cluster.failure?.message ?? cluster.phase
        }. Going on with it`,
      );
      await client.retryOperation(cluster.operation.id);
      return await follow(client, cluster.id, journal);
    default:
      journal.line(
        `The cluster '${order.name}' of an earlier run is ${cluster.phase}; waiting for it`,
      );
      return await follow(client, cluster.id, journal);
  }
}

async function find(
  client: PortalClient,
  order: Order,
): Promise<Cluster | undefined> {
  const clusters = await client.clusters({ search: order.name });
  return clusters.find(
    ({ name, environment }) =>
      name === order.name && environment === order.environment,
  );
}

async function placeOrder(
  client: PortalClient,
  order: Order,
  journal: Journal,
): Promise<Cluster> {
  const taskId = await client.start(TEMPLATE, order);
  const { spec } = await client.task(taskId);
  const names = new Map(spec.steps.map(({ id, name }) => [id, name]));
  const outcome = await watchTask(client, taskId, {
    timeoutMs: ORDER_LIMIT_MS,
    onLine: ({ stepId, message }) =>
      journal.line(`${stepId ? `[${stepId}] ` : ''}${message}`),
  });
  for (const [stepId, seconds] of outcome.seconds)
    journal.keep(`  ${names.get(stepId) ?? stepId}`, seconds);
  if (outcome.status !== 'completed') {
    throw new Error(
      `The order ended as ${outcome.status}: ${
        outcome.lines.at(-1)?.message ?? 'no reason given'
      }`,
    );
  }
  const cluster = await find(client, order);
  if (!cluster)
    throw new Error(
      `The order is complete, but there is no cluster '${order.name}'`,
    );
  return cluster;
}

/** Follows the live operation of a cluster that another task drives, or nobody. */
async function follow(
  client: PortalClient,
  clusterId: string,
  journal: Journal,
): Promise<Cluster> {
  const endAt = Date.now() + ORDER_LIMIT_MS;
  let after = 0;
  while (Date.now() < endAt) {
    const cluster = await client.cluster(clusterId);
    if (cluster.operation)
      after = await tellEvents(client, cluster.operation, after, journal);
    if (cluster.phase === 'ready' || cluster.phase === 'deleted')
      return cluster;
    if (cluster.phase === 'failed' || cluster.phase === 'needs-attention') {
      const { code, message, nextStep } = cluster.failure ?? {
        message: cluster.phase,
      };
      throw new Error(
        [message, nextStep, code && `(${code})`].filter(Boolean).join(' '),
      );
    }
    await sleep(1_000);
  }
  throw new Error(
    `The cluster ${clusterId} was not ready after ${
      ORDER_LIMIT_MS / 60_000
    } minutes`,
  );
}

async function tellEvents(
  client: PortalClient,
  { id }: Operation,
  after: number,
  journal: Journal,
): Promise<number> {
  const events = await client.operationEvents(id, after);
  for (const { step, node, message } of events) {
    const where = node && !message.includes(node) ? `${node}: ` : '';
    journal.line(`${step ? `[${step}] ` : ''}${where}${message}`);
  }
  return events.at(-1)?.id ?? after;
}
