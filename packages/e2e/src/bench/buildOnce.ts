import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, PortalClient } from '../client/PortalClient.ts';
import { ENVIRONMENT, type Setting } from '../tests/Setting.ts';
import { type Leaks, leaksOf } from './Leaks.ts';

/** Longest that a cluster may take to be built, and to be deleted. */
const LIMIT_MS = 20 * 60_000;
const POLL_MS = 500;

/** One cluster that was ordered and deleted through the portal's API. */
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
  leaks?: Leaks;
}

/** Orders a cluster of one control plane and some workers, waits until it is ready, deletes it and looks what it left. */
export async function buildOnce(
  setting: Setting,
  client: PortalClient,
  order: { name: string; workers: number },
): Promise<Build> {
  const build: Build = { name: order.name, steps: {} };
  const begun = performance.now();
  const { cluster, operation } = await client.order({
    ...order,
    requestId: randomUUID(),
    environment: ENVIRONMENT,
    size: 'small',
  });
  const problem = await over(client, operation.id, LIMIT_MS);
  if (problem) build.problem = `It was not built: ${problem}`;
  else build.readySeconds = secondsSince(begun);
  const { steps } = await client.operation(operation.id);
  for (const { finishedAt, name, startedAt } of steps)
    if (startedAt && finishedAt)
      build.steps[name] =
        (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
  // With the machines that it had.
  const known = await client.cluster(cluster.id);
  await remove(setting, client, known, build);
  return build;
}

async function remove(
  setting: Setting,
  client: PortalClient,
  cluster: Cluster,
  build: Build,
): Promise<void> {
  const begun = performance.now();
  const { operation } = await client.deleteCluster(cluster.id, randomUUID());
  const problem = await over(client, operation.id, LIMIT_MS);
  if (problem) build.problem ??= `It was not deleted: ${problem}`;
  else build.deletedSeconds = secondsSince(begun);
  build.leaks = await leaksOf(setting, cluster);
}

/** Waits for the end of an operation. Undefined when it succeeded, else why not. */
async function over(
  client: PortalClient,
  id: string,
  limitMs: number,
): Promise<string | undefined> {
  const endAt = performance.now() + limitMs;
  for (;;) {
    const { failure, status } = await client.operation(id);
    if (status === 'succeeded') return undefined;
    if (status === 'failed' || status === 'cancelled')
      return `${status}, ${failure?.code}: ${failure?.message}`;
    if (performance.now() > endAt)
      return `${status} after ${limitMs / 60_000} minutes`;
    await sleep(POLL_MS);
  }
}

const secondsSince = (begun: number) => (performance.now() - begun) / 1000;
