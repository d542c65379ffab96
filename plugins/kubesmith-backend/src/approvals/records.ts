import type {
  FieldProblem,
  OrderDraft,
  OrderRequestStatus,
} from '@kubesmith/plugin-kubesmith-common';

/** An order that waits for an approver, or did. Times are milliseconds since the epoch. */
export interface OrderRequestRecord {
  id: string;
  /** The requester's key of the order: the same order twice is one request, and one cluster in the end. */
  requestKey: string;
  environment: string;
  /** Entity ref of whom the cluster shall belong to. */
  owner: string;
  /** Entity ref of the user who ordered. */
  requester: string;
  draft: OrderDraft;
  /** Why it needs an approval, each in words. */
  why: string[];
  status: OrderRequestStatus;
  /** Why the last approval did not become a cluster. */
  problems?: FieldProblem[];
  /** Entity ref of who approved, refused or withdrew it. */
  decidedBy?: string;
  decisionReason?: string;
  decidedAt?: number;
  clusterId?: string;
  createdAt: number;
  expiresAt: number;
}

/** How an order request ends. */
export interface Decision {
  status: Exclude<OrderRequestStatus, 'waiting' | 'expired'>;
  by: string;
  reason?: string;
  /** The cluster that an approved one became. */
  clusterId?: string;
}
