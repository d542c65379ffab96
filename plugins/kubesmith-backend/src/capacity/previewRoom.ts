import type { FieldProblem, Size } from '@kubesmith/plugin-kubesmith-common';
import type { EnvironmentConfig } from '../config/types';
import type { QueuePlace } from './estimateStarts';
import { neverFits } from './neverFits';
import type { RoomQueue } from './RoomQueue';
import type { MachineNeed } from './records';

/**
 * Whether an order would wait for room, as far as it is filled in, or never fits. Nothing, when Proxmox does not answer: then the
 * order itself says so.
 */
export async function previewRoom(
  room: Pick<RoomQueue, 'limits' | 'preview' | 'view'>,
  order: {
    environment: EnvironmentConfig;
    owner: string;
    size?: Size;
    workers?: number;
  },
): Promise<{ problem?: FieldProblem; queue?: QueuePlace }> {
  const { environment, owner, size, workers } = order;
  if (
    !size ||
    workers === undefined ||
    !Number.isInteger(workers) ||
    workers < 0 ||
    workers > environment.maxWorkers
  )
    return {};
  try {
    const view = await room.view();
    const problem = neverFits(
      { environment, size, workers },
      view,
      room.limits,
    );
    if (problem) return { problem };
    const machines = Array.from(
      { length: workers + 1 },
      (_, index): MachineNeed => ({
        node: String(index),
        role: index === 0 ? 'control-plane' : 'worker',
        memoryMiB: size.memoryMiB,
        diskGiB: size.diskGiB,
        clone: true,
      }),
    );
    return {
      queue: await room.preview({
        environment: environment.name,
        machines,
        owner,
      }),
    };
  } catch (error) {
    if ((error as Error).name === 'ServiceUnavailableError') return {};
    throw error;
  }
}
