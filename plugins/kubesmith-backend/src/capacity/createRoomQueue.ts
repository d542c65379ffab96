import type { SchedulerService } from '@backstage/backend-plugin-api';
import type { ClusterChanges } from '../clusters/ClusterChanges';
import type { Engine } from '../engine/Engine';
import { TypicalDurations } from '../engine/TypicalDurations';
import type { KubesmithMetrics } from '../metrics/KubesmithMetrics';
import { RoomQueue, type RoomQueueDeps } from './RoomQueue';

/** Makes the queue, and has every replica look every second whether somebody's turn came. */
export async function createRoomQueue(
  deps: Omit<RoomQueueDeps, 'metrics' | 'onMoved' | 'onTurn' | 'typical'> & {
    changes: Pick<ClusterChanges, 'changed'>;
    engine: Pick<Engine, 'wake'>;
    metrics: Pick<KubesmithMetrics, 'waitedForRoom' | 'waitingForRoom'>;
    scheduler: SchedulerService;
  },
): Promise<RoomQueue> {
  const queue = new RoomQueue({
    ...deps,
    typical: new TypicalDurations(deps.knex),
    onMoved: ids => ids.forEach(id => deps.changes.changed(id, 'progress')),
    onTurn(clusterIds) {
      clusterIds.forEach(id => deps.changes.changed(id));
      deps.engine.wake();
    },
  });
  deps.metrics.waitingForRoom(() => deps.store.countWaiting());
  await deps.scheduler.scheduleTask({
    id: 'kubesmith-room',
    // Each replica: whichever is first takes the lock, the others find nothing to do.
    scope: 'local',
    frequency: { seconds: 1 },
    timeout: { minutes: 1 },
    fn: () => queue.admit(),
  });
  return queue;
}
