import {
  type AuditEntry as ApiAuditEntry,
  type Cluster,
  type ClusterNode,
  type Environment,
  type Grant,
  type Operation,
  type OperationEvent,
  type OperationStep,
  type QueuePlace as ApiQueuePlace,
  ROLES_BY_REACH,
  type Share,
  clusterEntityRef,
  environmentEntityRef,
} from '@kubesmith/plugin-kubesmith-common';
import type { AuditEntry } from '../audit/records';
import type { QueuePlace } from '../capacity/estimateStarts';
import { apiServerUrl } from '../clusters/apiServer';
import type { EnvironmentConfig } from '../config/types';
import type {
  ClusterRecord,
  GrantRecord,
  NodeRecord,
  ShareRecord,
} from '../database/records';
import type {
  EventRecord,
  OperationRecord,
  StepRecord,
} from '../engine/records';
import { operationVerbs } from '../operations/verbs';
import type { ClusterVerb } from '../permissions/ClusterAccess';
import { accessVerbs } from '../permissions/accessScope';
import type { PoolUsage } from '../pools/PoolStore';

/** What a list shows that the caller may do. */
export const listedVerbs: readonly ClusterVerb[] = [
  'read',
  'delete',
  ...Object.values(accessVerbs),
  'share',
];

/** A cluster as the API shows it. */
export function presentCluster(
  cluster: ClusterRecord,
  options: {
    /** All that it ever had. */
    nodes: NodeRecord[];
    /** The newest one. */
    operation?: OperationRecord;
    may: (verb: ClusterVerb) => boolean;
    /** Whether it is kept from expiring. */
    held?: boolean;
    /** Then only {@link listedVerbs} are asked. */
    inList?: boolean;
  },
): Cluster {
  const ending = cluster.phase === 'deleting' || cluster.phase === 'deleted';
  const { inList, nodes, operation, may } = options;
  return {
    id: cluster.id,
    name: cluster.name,
    environment: cluster.environment,
    owner: cluster.owner,
    createdBy: cluster.createdBy,
    phase: cluster.phase,
    failure: cluster.failure,
    spec: cluster.spec,
    vip: cluster.vip,
    apiServerUrl: apiServerUrl(cluster),
    apiServerCa: cluster.apiServerCa,
    // Of a cluster that is gone, what it was.
    nodes: nodes
      .filter(
        ({ removedAt }) =>
          removedAt === undefined || cluster.phase === 'deleted',
      )
      .map(presentNode),
    entityRef: clusterEntityRef(cluster),
    createdAt: time(cluster.createdAt),
    updatedAt: time(cluster.updatedAt),
    readyAt: optionalTime(cluster.readyAt),
    deletedAt: optionalTime(cluster.deletedAt),
    expiresAt: time(cluster.expiresAt),
    held: options.held || undefined,
    sharedWith:
      cluster.shares.length > 0
        ? cluster.shares.map(({ subject, role }) => ({ subject, role }))
        : undefined,
    operation:
      operation && operation.status !== 'succeeded'
        ? presentOperation(operation)
        : undefined,
    can: {
      delete: !ending && may('delete'),
      access: !ending && cluster.everReady && may('access'),
      role:
        !ending && cluster.everReady
          ? [...ROLES_BY_REACH].reverse().find(role => may(accessVerbs[role]))
          : undefined,
      share: !ending && may('share'),
      control: inList
        ? undefined
        : operation && may(operationVerbs[operation.kind]),
    },
  };
}

function presentNode(node: NodeRecord): ClusterNode {
  return {
    name: node.name,
    role: node.role,
    state: node.state,
    ipAddress: node.ipAddress,
    vmid: node.vmid,
    host: node.host,
    vcpu: node.vcpu,
    memoryMiB: node.memoryMiB,
    diskGiB: node.diskGiB,
  };
}

/** An operation as the API shows it. */
export function presentOperation(operation: OperationRecord): Operation {
  return {
    id: operation.id,
    clusterId: operation.clusterId,
    kind: operation.kind,
    status: operation.status,
    initiator: operation.initiator,
    reason: reasonOf(operation),
    taskId: operation.taskId,
    cancelRequested: operation.cancelRequestedAt !== undefined,
    queue: operation.queue && presentQueuePlace(operation.queue),
    failure: operation.failure,
    createdAt: time(operation.createdAt),
    startedAt: optionalTime(operation.startedAt),
    finishedAt: optionalTime(operation.finishedAt),
    steps: operation.steps.map(presentStep),
  };
}

/** Orders and deletions from before there were reasons have none. */
function reasonOf({ input }: OperationRecord): string | undefined {
  const reason = input?.reason;
  return typeof reason === 'string' && reason !== '' ? reason : undefined;
}

/** Where something stands that waits for room, as the API shows it. */
export function presentQueuePlace(place: QueuePlace): ApiQueuePlace {
  const { of, position, reason, start } = place;
  return { position, of, reason, estimate: optionalTime(start) };
}

/** A step as the API shows it. */
export function presentStep(step: StepRecord): OperationStep {
  return {
    name: step.name,
    title: step.title,
    status: step.status,
    attempt: step.attempt,
    startedAt: optionalTime(step.startedAt),
    finishedAt: optionalTime(step.finishedAt),
    typicalSeconds: step.typicalSeconds,
    progress: step.progress,
    evidence: step.evidence,
    failure: step.failure,
  };
}

/** An event as the API shows it. */
export function presentEvent(event: EventRecord): OperationEvent {
  return {
    id: event.id,
    time: time(event.createdAt),
    step: event.step,
    node: event.node,
    level: event.level,
    code: event.code,
    message: event.message,
  };
}

/** A grant as the API shows it. */
export function presentGrant(
  grant: GrantRecord,
  options: { now: number; clusterExists: boolean; canRevoke: boolean },
): Grant {
  const active =
    options.clusterExists &&
    grant.revokedAt === undefined &&
    grant.expiresAt > options.now;
  return {
    id: grant.id,
    clusterId: grant.clusterId,
    user: grant.userRef,
    role: grant.role,
    createdAt: time(grant.createdAt),
    expiresAt: time(grant.expiresAt),
    // What was removed after its time was cleaned up, not revoked.
    revokedAt: optionalTime(
      grant.revokedAt !== undefined && grant.revokedAt < grant.expiresAt
        ? grant.revokedAt
        : undefined,
    ),
    active,
    namespaces: grant.namespaces,
    endRequestedAt: optionalTime(grant.endRequestedAt),
    endReason: grant.endReason,
    canRevoke: active && options.canRevoke,
  };
}

/** A share as the API shows it. */
export function presentShare(share: ShareRecord): Share {
  return {
    id: share.id,
    clusterId: share.clusterId,
    subject: share.subject,
    role: share.role,
    namespaces: share.namespaces,
    until: time(share.until),
    createdAt: time(share.createdAt),
    createdBy: share.createdBy,
    endedAt: optionalTime(share.endedAt),
    endedBy: share.endedBy,
  };
}

/** An environment as the API shows it. */
export function presentEnvironment(
  environment: EnvironmentConfig,
  options: { canOrder: boolean; usage: PoolUsage },
): Environment {
  const { pool } = environment;
  return {
    name: environment.name,
    title: environment.title,
    description: environment.description,
    owner: environment.owner,
    entityRef: environmentEntityRef(environment.name),
    canOrder: options.canOrder,
    pool: {
      name: pool.name,
      first: pool.first,
      last: pool.last,
      ...options.usage,
    },
    sizes: environment.sizes,
    kubernetesVersions: environment.kubernetesVersions,
    cni: environment.cni,
    maxWorkers: environment.maxWorkers,
    leaseDays: environment.leaseDays,
    maxLeaseDays: environment.maxLeaseDays,
    timetable: environment.timetable,
  };
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

function optionalTime(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : time(milliseconds);
}

/** An entry of the audit trail as the API shows it. */
export function presentAuditEntry({
  time: at,
  ...entry
}: AuditEntry): ApiAuditEntry {
  return { ...entry, time: time(at) };
}
