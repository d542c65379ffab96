import type { components, operations } from './openapi.gen';

type Schemas = components['schemas'];

/** A cluster as the API hands it out. Times are ISO 8601 in UTC. @public */
export type Cluster = Schemas['Cluster'];
/** Where a cluster is in its life. @public */
export type ClusterPhase = Schemas['ClusterPhase'];
/** What was ordered. @public */
export type ClusterSpec = Schemas['ClusterSpec'];
/** One virtual machine of a cluster. Memory in MiB, disk in GiB. @public */
export type ClusterNode = Schemas['ClusterNode'];
/** What a node does in its cluster. @public */
export type NodeRole = Schemas['NodeRole'];
/** One requested change of a cluster, with its steps. @public */
export type Operation = Schemas['Operation'];
/** Which change an operation makes. @public */
export type OperationKind = Schemas['OperationKind'];
/** The kinds of operations that people begin on a cluster that there is. @public */
export type RequestableKind = Schemas['RequestableKind'];
/** What people begin on a cluster that there is: its deletion, or an operation of a {@link RequestableKind}. @public */
export type BeginnableKind = Schemas['BeginnableKind'];
/** What is to be done with a cluster. @public */
export type OperationRequest = Schemas['OperationRequest'];
/** What an operation would do. @public */
export type OperationPlan = Schemas['OperationPlan'];
/** A snapshot of all machines of a cluster. @public */
export type Snapshot = Schemas['Snapshot'];
/** An operation that the caller has the right to begin. @public */
export type PossibleOperation = Schemas['PossibleOperation'];
/** Where an operation stands that waits for room on the hosts. @public */
export type QueuePlace = Schemas['QueuePlace'];
/** How far an operation is. @public */
export type OperationStatus = Operation['status'];
/** One step of an operation. @public */
export type OperationStep = Schemas['OperationStep'];
/** How far a step is. @public */
export type StepStatus = OperationStep['status'];
/** One line of what happened in an operation. @public */
export type OperationEvent = Schemas['OperationEvent'];
/** Why something ended badly, with a stable code and what to do next. @public */
export type Failure = Schemas['Failure'];
/** What is wrong with one field of a request. @public */
export type FieldProblem = Schemas['FieldProblem'];
/** An order as far as it is filled in. @public */
export type OrderDraft = Schemas['OrderDraft'];
/** A complete order. @public */
export type ClusterOrder = Schemas['ClusterOrder'];
/** The answer to an order or a deletion. @public */
export type OrderedCluster = Schemas['OrderedCluster'];
/** Where clusters live, as far as the caller may use it. @public */
export type Environment = Schemas['Environment'];
/** An environment as far as it is filled in. @public */
export type EnvironmentDraft = Schemas['EnvironmentDraft'];
/** An environment for those who may change it. @public */
export type EnvironmentRecord = Schemas['EnvironmentRecord'];
/** What would be wrong with an environment, and what Proxmox has of it. @public */
export type EnvironmentCheck = Schemas['EnvironmentCheck'];
/** A named machine size. Memory in MiB, disk in GiB. @public */
export type Size = Schemas['Size'];
/** One issued kubeconfig, without its text. @public */
export type Grant = Schemas['Grant'];
/** What the holder of a kubeconfig may do. @public */
export type GrantRole = Schemas['GrantRole'];
/** Which kubeconfigs somebody may have of a cluster. @public */
export type GrantOptions = Schemas['GrantOptions'];
/** That somebody may use a cluster of somebody else. @public */
export type Share = Schemas['Share'];
/** One entry of the audit trail: who did, or was refused, what. @public */
export type AuditEntry = Schemas['AuditEntry'];
/** What a script of a person signs in with, without its text. @public */
export type AccessToken = Schemas['AccessToken'];
/** What an access token may be used for. @public */
export type TokenScope = Schemas['TokenScope'];
/** When a cluster ends. Times are ISO 8601 in UTC. @public */
export type Lease = Schemas['Lease'];
/** When a cluster sleeps and wakes by itself. */
export type ClusterSchedule = Schemas['ClusterSchedule'];
/** A moment at which a timetable does something. */
export type ScheduleChange = Schemas['ScheduleChange'];
/** What a timetable would do. */
export type SchedulePreview = Schemas['SchedulePreview'];
/** An iCalendar file in place of a {@link Timetable}. */
export type CalendarFile = Schemas['CalendarFile'];
/** What is known of a timetable that came from a {@link CalendarFile}. */
export type CalendarTimetable = Schemas['CalendarTimetable'];
/** What somebody wants a cluster to sleep and wake by: one of both, or neither. */
export interface ScheduleWish {
  timetable?: Timetable;
  calendar?: CalendarFile;
}
/** The times of a {@link ClusterSchedule}. */
export type Timetable = Schemas['Timetable'];
/** What a cluster was when its deletion began. @public */
export type ClusterArchive = Schemas['ClusterArchive'];
/** What is wrong with an order, and what it would use up. @public */
export type OrderCheck = Schemas['OrderCheck'];
/** Whom a quota is for. @public */
export type QuotaScope = Schemas['QuotaScope'];
/** What quotas count. Memory in MiB, disk in GiB. @public */
export type QuotaResource = Schemas['QuotaResource'];
/** How much may be used at the same time. @public */
export type QuotaLimits = Schemas['QuotaLimits'];
/** A quota with what is used, for those who may change it. @public */
export type Quota = Schemas['Quota'];
/** A quota that applies to an order or to a person. @public */
export type AppliedQuota = Schemas['AppliedQuota'];
/** Above which size orders of an environment wait for an approver. @public */
export type ApprovalLimits = Schemas['ApprovalLimits'];
/** The same with its environment. @public */
export type ApprovalLimitsOfEnvironment =
  Schemas['ApprovalLimitsOfEnvironment'];
/** An order that waits for an approver, or did. @public */
export type OrderRequest = Schemas['OrderRequest'];
/** How far an order request is. @public */
export type OrderRequestStatus = Schemas['OrderRequestStatus'];
/** Whether the backend is well. @public */
export type Health = Schemas['Health'];

/** The id of an operation of the API document, such as `orderCluster`. @public */
export type ApiOperationId = keyof operations;

type Empty = Record<never, never>;
type ObjectOr<T, Otherwise> = [T] extends [never]
  ? Otherwise
  : T extends object
  ? T
  : Otherwise;
type PathOf<O> = O extends { parameters: { path: infer P } }
  ? ObjectOr<P, Empty>
  : Empty;
type QueryOf<O> = O extends { parameters: { query?: infer Q } }
  ? ObjectOr<NonNullable<Q>, Empty>
  : Empty;
type BodyOf<O> = O extends {
  requestBody: { content: { 'application/json': infer B } };
}
  ? ObjectOr<B, Empty>
  : Empty;
type Success<O> = O extends { responses: infer R }
  ? {
      [S in keyof R]: S extends 200 | 201 | 202
        ? R[S] extends {
            content: { 'application/json': infer B } | { 'text/csv': infer B };
          }
          ? B
          : never
        : never;
    }[keyof R]
  : never;

/**
 * What an API operation takes: its path parameters, query parameters and body in one flat object.
 * @public
 */
export type ApiInput<Id extends ApiOperationId> = PathOf<operations[Id]> &
  QueryOf<operations[Id]> &
  BodyOf<operations[Id]>;

/** What an API operation answers when all went well. @public */
export type ApiOutput<Id extends ApiOperationId> = Success<operations[Id]>;
/** What can be the matter between records and Proxmox. @public */
export type FindingKind = Schemas['FindingKind'];
/** One difference between records and Proxmox. @public */
export type Finding = Schemas['Finding'];
/** Differences, and when and where was last looked for them. @public */
export type Findings = Schemas['Findings'];
/** One thing about a ready cluster that is as it should be, or is not. @public */
export type ClusterCondition = Schemas['ClusterCondition'];
/** A backup of a cluster's etcd. @public */
export type Backup = Schemas['Backup'];
