import { mockServices } from '@backstage/backend-test-utils';
import { RoomQueue } from '../capacity/RoomQueue';
import { RoomStore } from '../capacity/RoomStore';
import type { CapacityLimits } from '../capacity/records';
import { TypicalDurations } from '../engine/TypicalDurations';
import { type Hypervisor, Inventory } from '../orders/Inventory';
import { OrderService } from '../orders/OrderService';
import type { openStores } from './databases';

/** Orders, and the queue for room, on the records of a test and a double of Proxmox. */
export function orderService(
  stores: Awaited<ReturnType<typeof openStores>>,
  hypervisor: Hypervisor,
  options: {
    limits?: Partial<CapacityLimits>;
    onTurn?: (clusterIds: string[]) => void;
  } = {},
) {
  const logger = mockServices.logger.mock();
  const inventory = new Inventory({ hypervisor, logger });
  const roomStore = new RoomStore(stores.knex);
  const room = new RoomQueue({
    ...stores,
    inventory,
    limits: { ...stores.config.capacity, ...options.limits },
    logger,
    onTurn: options.onTurn ?? (() => {}),
    store: roomStore,
    typical: new TypicalDurations(stores.knex),
  });
  return {
    inventory,
    orders: new OrderService({ ...stores, inventory, room }),
    room,
    roomStore,
  };
}
