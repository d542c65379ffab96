import { optionalTime } from '../database/clusterRows';
import type { OrderRequestRecord } from './records';

/** A row of `order_requests`. */
export type OrderRequestRow = {
  id: string;
  request_key: string;
  environment: string;
  owner: string;
  requester: string;
  draft: string;
  why: string;
  status: OrderRequestRecord['status'];
  problems: string | null;
  decided_by: string | null;
  decision_reason: string | null;
  decided_at: number | string | null;
  cluster_id: string | null;
  created_at: number | string;
  expires_at: number | string;
};

/** A row as a record. */
export function toOrderRequest(row: OrderRequestRow): OrderRequestRecord {
  return {
    id: row.id,
    requestKey: row.request_key,
    environment: row.environment,
    owner: row.owner,
    requester: row.requester,
    draft: JSON.parse(row.draft),
    why: JSON.parse(row.why),
    status: row.status,
    problems: row.problems === null ? undefined : JSON.parse(row.problems),
    decidedBy: row.decided_by ?? undefined,
    decisionReason: row.decision_reason ?? undefined,
    decidedAt: optionalTime(row.decided_at),
    clusterId: row.cluster_id ?? undefined,
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
  };
}
