import type { LabProxmox } from '../../__testUtils__/LabProxmox';
import type { Workbench } from '../../__testUtils__/workbench';

/** A cluster with one worker whose machines run, as if it had been handed over; the engine works. */
export async function readyCluster(bench: Workbench) {
  const { clusterId, operationId } = await bench.order('demo');
  bench.start();
  await bench.finished(operationId);
  await bench.db.clusters.markReady(clusterId);
  const [cp, worker] = await bench.db.clusters.nodes(clusterId);
  return { clusterId, cp, worker };
}

/** What switched machines since a number of calls, as `start 20001`, without what failed at once. */
export async function powerCalls(
  lab: LabProxmox,
  since: number,
): Promise<string[]> {
  return (await lab.changes(since)).flatMap(({ method, params, path }) => {
    const [, vmid, what] =
      /\/qemu\/(\d+)\/(?:status\/)?(\w+)$/.exec(path) ?? [];
    if (method === 'POST') return [`${what} ${vmid}`];
    return what === 'config' && params.onboot !== undefined
      ? [`onboot=${params.onboot} ${vmid}`]
      : [];
  });
}
