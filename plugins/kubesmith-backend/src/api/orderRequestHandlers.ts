import type { OrderRequest } from '@kubesmith/plugin-kubesmith-common';
import type { Request } from 'express';
import type { OrderRequestStore } from '../approvals/OrderRequestStore';
import type { OrderRequests } from '../approvals/OrderRequests';
import {
  type Viewer,
  isTheirOwn,
  mayDecide,
  maySee,
  presentOrderRequest,
} from '../approvals/presentOrderRequest';
import type { OrderRequestRecord } from '../approvals/records';
import type { AuditTrail } from '../audit/AuditTrail';
import type { ClusterChanges } from '../clusters/ClusterChanges';
import type { EnvironmentSource } from '../environments/Environments';
import { notAllowed, notFound, requestRefused } from '../errors/apiErrors';
import type { KubesmithMetrics } from '../metrics/KubesmithMetrics';
import { reasonProblem } from '../orders/reasonProblem';
import type { ClusterAccess } from '../permissions/ClusterAccess';
import { asDenial } from '../permissions/denials';
import type { RestoreStore } from '../restore/RestoreStore';
import type { Requester } from './Requester';
import type { Handlers } from './handlers';

/** What the handlers work with. */
export type OrderRequestHandlerDeps = {
  access: ClusterAccess;
  audit: AuditTrail;
  changes: ClusterChanges;
  engine: { wake(): void };
  environments: EnvironmentSource;
  metrics: KubesmithMetrics;
  orderRequests: OrderRequests;
  orderRequestStore: OrderRequestStore;
  requester: Requester;
  restores: RestoreStore;
};

/** Orders that wait for an approver: for who asked, and for who may decide. */
export function createOrderRequestHandlers(
  deps: OrderRequestHandlerDeps,
): Pick<
  Handlers,
  | 'listOrderRequests'
  | 'getOrderRequest'
  | 'approveOrderRequest'
  | 'refuseOrderRequest'
  | 'withdrawOrderRequest'
> {
  const { access, audit, environments, orderRequests, requester } = deps;
  const store = deps.orderRequestStore;

  /** Says who looks at a request, whichever environment it is of. */
  async function look(request: Request) {
    const { caller, credentials } = await requester.user(request);
    const allowed = await access.of(credentials);
    const owners = new Map(
      (await environments.current()).map(({ name, owner }) => [name, owner]),
    );
    const viewerOf = ({ environment }: OrderRequestRecord): Viewer => ({
      allowed,
      caller,
      environmentOwner: owners.get(environment),
    });
    /** One that the caller sees, or a 404. */
    const find = async (id: string): Promise<OrderRequestRecord> => {
      const found = await store.get(id);
      if (!found) throw notFound('order request', id);
      if (!maySee(found, viewerOf(found))) {
        throw asDenial(notFound('order request', id), {
          verb: 'approve',
          environment: found.environment,
        });
      }
      return found;
    };
    const present = (record: OrderRequestRecord): OrderRequest =>
      presentOrderRequest(record, viewerOf(record));
    return { caller, find, names: [...owners.keys()], present, viewerOf };
  }

  /** Does something with a request on record; what it is about is on record too. */
  async function audited(
    request: Request,
    verb: 'approve' | 'refuse' | 'withdraw',
    options: { id: string; reason?: string },
    act: (
      found: OrderRequestRecord,
      viewer: Awaited<ReturnType<typeof look>>,
    ) => Promise<OrderRequestRecord>,
  ): Promise<OrderRequest> {
    const { id, reason } = options;
    return audit.audited(
      request,
      {
        noun: 'order-request',
        verb,
        severityLevel: 'medium',
        meta: { orderRequestId: id, ...(reason && { reason }) },
      },
      async () => {
        const viewer = await look(request);
        const problem = reasonProblem(reason);
        if (problem) throw requestRefused([problem]);
        await orderRequests.expire();
        const done = await act(await viewer.find(id), viewer);
        return {
          result: viewer.present(done),
          meta: {
            name: done.draft.name!,
            environment: done.environment,
            requester: done.requester,
            ...(done.clusterId && { clusterId: done.clusterId }),
          },
        };
      },
    );
  }

  /** Throws a 403 when the caller sees the request but may not decide about it. */
  function requireDecider(
    found: OrderRequestRecord,
    { viewerOf }: Awaited<ReturnType<typeof look>>,
  ): void {
    const viewer = viewerOf(found);
    const denial = { verb: 'approve', environment: found.environment };
    if (!mayDecide(found, viewer)) {
      throw asDenial(notAllowed('approve or refuse orders here'), denial);
    }
    if (isTheirOwn(found, viewer)) {
      throw asDenial(notAllowed('decide about your own order'), denial);
    }
  }

  return {
    async listOrderRequests({ status }, request) {
      await orderRequests.expire();
      const { caller, names, present, viewerOf } = await look(request);
      // Those of other people, however many they are, do not hide one's own; nor do those of one environment another's.
      const own = await store.list({
        status,
        claims: [caller.userRef, ...caller.claims],
      });
      const known = new Set(own.map(({ id }) => id));
      const others = (
        await Promise.all(
          names.map(environment => store.list({ status, environment })),
        )
      )
        .flat()
        .filter(
          record => !known.has(record.id) && maySee(record, viewerOf(record)),
        );
      return { body: { items: sorted([...own, ...others]).map(present) } };
    },

    async getOrderRequest({ orderRequestId }, request) {
      await orderRequests.expire();
      const { find, present } = await look(request);
      return { body: present(await find(orderRequestId)) };
    },

    async approveOrderRequest({ orderRequestId: id, reason }, request) {
      const body = await audited(
        request,
        'approve',
        { id, reason },
        async (found, viewer) => {
          requireDecider(found, viewer);
          await deps.restores.requireForOrders();
          const { placed, request: approved } = await orderRequests.approve(
            found,
            { by: viewer.caller.userRef, reason },
          );
          deps.metrics.operationRequested({ kind: 'create' });
          deps.changes.changed(placed.clusterId);
          deps.engine.wake();
          return approved;
        },
      );
      return { body };
    },

    async refuseOrderRequest({ orderRequestId: id, reason }, request) {
      const body = await audited(
        request,
        'refuse',
        { id, reason },
        async (found, viewer) => {
          requireDecider(found, viewer);
          return orderRequests.end(id, {
            status: 'refused',
            by: viewer.caller.userRef,
            reason,
          });
        },
      );
      return { body };
    },

    async withdrawOrderRequest({ orderRequestId: id }, request) {
      const body = await audited(
        request,
        'withdraw',
        { id },
        async (found, { caller }) => {
          if (found.requester !== caller.userRef) {
            throw notAllowed('take back the order of somebody else');
          }
          return orderRequests.end(id, {
            status: 'withdrawn',
            by: caller.userRef,
          });
        },
      );
      return { body };
    },
  };
}

/** Waiting ones first, then the newest. */
function sorted(requests: OrderRequestRecord[]): OrderRequestRecord[] {
  const isOver = ({ status }: OrderRequestRecord) =>
    Number(status !== 'waiting');
  return requests.sort(
    (a, b) => isOver(a) - isOver(b) || b.createdAt - a.createdAt,
  );
}
