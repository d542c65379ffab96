import {
  type FieldProblem,
  fieldProblem,
} from '@kubesmith/plugin-kubesmith-common';
import type { CheckedOrder } from '../orders/validateOrder';
import { hostRooms } from './hostRooms';
import { fitsWhenEmpty } from './placeMachines';
import type { RoomView } from './RoomQueue';
import type { CapacityLimits, MachineNeed } from './records';

/**
 * What is wrong with an order that would not even fit on hosts where nothing else is: for it, waiting is in vain. Hosts that do
 * not answer now may be large enough, so while one is away nothing is refused.
 */
export function neverFits(
  order: Pick<CheckedOrder, 'environment' | 'size' | 'workers'>,
  view: RoomView,
  limits: CapacityLimits,
): FieldProblem | undefined {
  const { environment, size, workers } = order;
  const { datastore } = environment.proxmox;
  const hosts = hostRooms(view.snapshot, [], limits).filter(({ name }) =>
    environment.proxmox.hosts.includes(name),
  );
  const known = environment.proxmox.hosts.every(name =>
    hosts.some(host => host.name === name && host.online),
  );
  if (!known) return undefined;
  const machine: Omit<MachineNeed, 'node'> = {
    role: 'worker',
    memoryMiB: size.memoryMiB,
    diskGiB: size.diskGiB,
    clone: true,
  };
  const fit = (count: number) =>
    fitsWhenEmpty(
      Array.from({ length: count }, (_, index) => ({
        ...machine,
        node: String(index),
      })),
      hosts,
      { datastore },
    ).placed;
  if (!fit(1))
    return fieldProblem('size', 'KUBESMITH-SIZE-NEVER-FITS', {
      size: size.name,
      environment: environment.name,
    });
  if (fit(workers + 1)) return undefined;
  let most = 1;
  while (fit(most + 1)) most += 1;
  return fieldProblem('workers', 'KUBESMITH-WORKERS-NEVER-FIT', {
    workers,
    max: most - 1,
    size: size.name,
    environment: environment.name,
  });
}
