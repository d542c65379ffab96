import type { OrderRequest } from '@kubesmith/plugin-kubesmith-common';
import type { ClusterResource } from '@kubesmith/plugin-kubesmith-node';
import type { Caller } from '../orders/caller';
import type { CallerAccess } from '../permissions/ClusterAccess';
import type { OrderRequestRecord } from './records';

/** Who looks at an order request. */
export interface Viewer {
  allowed: Pick<CallerAccess, 'may'>;
  caller: Caller;
  /** Entity ref of the group that runs the environment; undefined when there is no such environment any more. */
  environmentOwner?: string;
}

/** The cluster that an order request would become, as policies see it. */
function asCluster(
  { environment, id, owner }: OrderRequestRecord,
  environmentOwner: string,
): ClusterResource {
  return {
    id,
    environment,
    environmentOwner,
    owner,
    phase: 'reserved',
    shares: [],
  };
}

/** Whether somebody may approve or refuse it, by the policies. */
export function mayDecide(
  request: OrderRequestRecord,
  { allowed, environmentOwner }: Viewer,
): boolean {
  return (
    environmentOwner !== undefined &&
    allowed.may('approve', asCluster(request, environmentOwner))
  );
}

/** Whether it was asked by, or is for, the person who looks. */
export function isTheirOwn(
  { owner, requester }: OrderRequestRecord,
  { caller }: Pick<Viewer, 'caller'>,
): boolean {
  return [owner, requester].includes(caller.userRef);
}

/** Whether somebody may know of it: who asked, whom it is for, and who may decide. */
export function maySee(request: OrderRequestRecord, viewer: Viewer): boolean {
  return (
    request.requester === viewer.caller.userRef ||
    viewer.caller.claims.includes(request.owner) ||
    mayDecide(request, viewer)
  );
}

/** An order request as the API shows it. */
export function presentOrderRequest(
  record: OrderRequestRecord,
  viewer: Viewer,
): OrderRequest {
  const { requestKey, createdAt, decidedAt, expiresAt, ...request } = record;
  const isWaiting = request.status === 'waiting';
  return {
    ...request,
    name: request.draft.name!,
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
    ...(decidedAt !== undefined && {
      decidedAt: new Date(decidedAt).toISOString(),
    }),
    can: {
      decide:
        isWaiting && !isTheirOwn(record, viewer) && mayDecide(record, viewer),
      withdraw: isWaiting && request.requester === viewer.caller.userRef,
    },
  };
}
