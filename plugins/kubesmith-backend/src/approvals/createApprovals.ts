import type {
  LoggerService,
  SchedulerService,
} from '@backstage/backend-plugin-api';
import type { NotificationService } from '@backstage/plugin-notifications-node';
import type { Knex } from 'knex';
import type { AuditStore } from '../audit/AuditStore';
import type { Environments } from '../environments/Environments';
import { PLATFORM } from '../leases/records';
import type { OrderService } from '../orders/OrderService';
import type { ClusterAccess } from '../permissions/ClusterAccess';
import type { CatalogPeople } from '../people/CatalogPeople';
import { OrderRequestStore } from './OrderRequestStore';
import { OrderRequests } from './OrderRequests';
import { RequestNotices } from './RequestNotices';
import type { OrderRequestRecord } from './records';

const SWEEP_MINUTES = 5;

/** Makes what lets orders wait, and has those that waited for too long ended. */
export async function createApprovals(deps: {
  access: ClusterAccess;
  administrators: string[];
  auditStore: AuditStore;
  environments: Environments;
  knex: Knex;
  logger: LoggerService;
  notifications: NotificationService;
  orders: OrderService;
  people: CatalogPeople;
  scheduler: SchedulerService;
}) {
  const orderRequestStore = new OrderRequestStore(deps.knex);
  const orderRequests = new OrderRequests({
    ...deps,
    notices: new RequestNotices(deps),
    onExpired: request => noteExpiry(deps.auditStore, request),
    store: orderRequestStore,
  });
  await deps.scheduler.scheduleTask({
    id: 'kubesmith-order-requests',
    frequency: { minutes: SWEEP_MINUTES },
    initialDelay: { minutes: 1 },
    timeout: { minutes: 5 },
    fn: async () => {
      await orderRequests.expire();
    },
  });
  return { orderRequests, orderRequestStore };
}

async function noteExpiry(
  store: AuditStore,
  { id, draft, environment, requester }: OrderRequestRecord,
): Promise<void> {
  await store.append({
    actor: PLATFORM,
    action: 'order-request.expire',
    outcome: 'done',
    environment,
    detail: { orderRequestId: id, name: draft.name, requester },
  });
}
