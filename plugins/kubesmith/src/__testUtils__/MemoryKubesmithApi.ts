import {
  KubesmithApiError,
  type AccessToken,
  type ApprovalLimits,
  type ApprovalLimitsOfEnvironment,
  type AppliedQuota,
  type AuditEntry,
  type Backup,
  type Cluster,
  type ClusterArchive,
  type ClusterSchedule,
  type Environment,
  type EnvironmentCheck,
  type EnvironmentDraft,
  type EnvironmentRecord,
  type FieldProblem,
  type Findings,
  type Grant,
  type GrantOptions,
  type GrantRole,
  type Lease,
  type Operation,
  type OperationEvent,
  type OperationPlan,
  type OperationRequest,
  type OrderDraft,
  type OrderRequest,
  type PossibleOperation,
  type SchedulePreview,
  type Share,
  type Snapshot,
  type ScheduleWish,
  type Quota,
} from '@kubesmith/plugin-kubesmith-common';
import type {
  AuditQuery,
  ClusterQuery,
  FindingQuery,
  IssuedKubeconfig,
  KubesmithApi,
  NewShare,
  NewToken,
  QuotaInput,
} from '../api/kubesmithApi';
import {
  aPlan,
  anOperation,
  aGrant,
  aLease,
  anEnvironment,
  anEnvironmentRecord,
} from './records';

/**
 * A double of the Kubesmith API for tests and for the development app: it keeps what it is given in memory. It imitates
 * the answers of openapi.yaml; it checks no permission, builds nothing and its kubeconfigs open nothing.
 */
export class MemoryKubesmithApi implements KubesmithApi {
  clusters: Cluster[];
  environments: Environment[] = [anEnvironment()];
  environmentRecords: EnvironmentRecord[] = [];
  canCreateEnvironments = true;
  /** What `checkEnvironment` answers; its problems refuse a change too. */
  environmentCheck: (draft: EnvironmentDraft) => EnvironmentCheck = () => ({
    problems: [],
    findings: [],
  });
  events: OperationEvent[] = [];
  /** What was done with clusters before their newest operation, newest first. */
  earlierOperations: Operation[] = [];
  grants: Grant[] = [];
  /** The time of every cluster, but for the cluster's own end. */
  lease: Partial<Lease> = {};
  /** What is known of the timetable of every cluster. */
  schedule: Partial<ClusterSchedule> = {};
  /** What `previewSchedule` answers; its problems refuse a change too. */
  schedulePreview: (wish: ScheduleWish) => SchedulePreview = () => ({
    problems: [],
    next: [
      { kind: 'hibernate', at: '2026-11-23T19:00:00.000Z' },
      { kind: 'wake', at: '2026-11-24T06:00:00.000Z' },
    ],
  });
  archive?: ClusterArchive;
  shares: Share[] = [];
  /** What `getGrantOptions` answers. */
  grantOptions: GrantOptions = {
    roles: [{ role: 'viewer' }, { role: 'editor' }, { role: 'administrator' }],
    defaultHours: 8,
    maxHours: 24,
    endsWithRights: true,
  };
  /** Newest first. Their texts are not kept. */
  tokens: AccessToken[] = [];
  /** The audit trail, newest first. */
  entries: AuditEntry[] = [];
  /** What the user may change, and what applies to the user. */
  quotas: Quota[] = [];
  myQuotas: AppliedQuota[] = [];
  approvalLimits: ApprovalLimitsOfEnvironment[] = [];
  orderRequests: OrderRequest[] = [];
  /** What `listFindings` answers, all kinds and environments. */
  findings: Findings = { items: [], environments: [], isLooking: false };
  snapshots: Snapshot[] = [];
  possibleOperations: PossibleOperation[] = [];
  /** What `planOperation` answers. */
  plan: (request: OperationRequest) => OperationPlan = request =>
    aPlan({ kind: request.kind });
  /** What was begun by `startOperation`. */
  started: Parameters<KubesmithApi['startOperation']>[1][] = [];
  /** What `checkOrder` answers. */
  problems: (draft: OrderDraft) => FieldProblem[] = () => [];

  constructor(clusters: Cluster[] = []) {
    this.clusters = clusters;
  }

  async listEnvironments() {
    return this.environments;
  }

  async listEnvironmentRecords() {
    return {
      items: this.environmentRecords,
      sizes: anEnvironment().sizes,
      cnis: ['kube-router'],
      can: { create: this.canCreateEnvironments },
    };
  }

  async checkEnvironment(draft: EnvironmentDraft) {
    return this.environmentCheck(draft);
  }

  async createEnvironment(draft: EnvironmentDraft) {
    this.#refuseProblems(draft);
    const made = anEnvironmentRecord(draft as Partial<EnvironmentRecord>);
    this.environmentRecords = [...this.environmentRecords, made];
    return made;
  }

  async updateEnvironment(
    name: string,
    { expectedVersion, ...draft }: EnvironmentDraft,
  ) {
    const old = this.#environmentRecord(name, expectedVersion!);
    this.#refuseProblems(draft);
    const changed = {
      ...old,
      ...(draft as Partial<EnvironmentRecord>),
      version: old.version + 1,
    };
    this.environmentRecords = this.environmentRecords.map(record =>
      record === old ? changed : record,
    );
    return changed;
  }

  async deleteEnvironment(name: string, expectedVersion: number) {
    const old = this.#environmentRecord(name, expectedVersion);
    this.environmentRecords = this.environmentRecords.filter(
      record => record !== old,
    );
  }

  async moveCluster(clusterId: string, environment: string) {
    this.clusters = this.clusters.map(cluster =>
      cluster.id === clusterId ? { ...cluster, environment } : cluster,
    );
  }

  #refuseProblems(draft: EnvironmentDraft) {
    const { problems } = this.environmentCheck(draft);
    if (problems.length > 0)
      throw new KubesmithApiError({
        status: 400,
        message: 'The request has mistakes.',
        problems,
      });
  }

  #environmentRecord(name: string, version: number): EnvironmentRecord {
    const found = this.environmentRecords.find(record => record.name === name);
    if (found?.version !== version)
      throw new KubesmithApiError({
        status: 409,
        code: 'KUBESMITH-ENVIRONMENT-CHANGED',
        message: `The environment '${name}' was changed by user:default/admin since you read it.`,
      });
    return found;
  }

  async listClusters(query: ClusterQuery = {}) {
    const items = this.clusters.filter(
      ({ phase }) =>
        (query.includeDeleted || phase !== 'deleted') &&
        (!query.phase || query.phase === phase),
    );
    return { items, total: items.length };
  }

  async getCluster(clusterId: string) {
    const cluster = this.clusters.find(({ id }) => id === clusterId);
    if (!cluster) {
      throw new KubesmithApiError({
        status: 404,
        message: `There is no cluster '${clusterId}' that you may see.`,
        code: 'KUBESMITH-NOT-FOUND',
      });
    }
    return cluster;
  }

  async checkOrder(draft: OrderDraft) {
    return this.problems(draft);
  }

  async previewOrder(draft: OrderDraft) {
    return { problems: this.problems(draft), quotas: this.myQuotas };
  }

  async listFindings(query: FindingQuery = {}) {
    const { includeEnded = false, kind, environment, clusterId } = query;
    return {
      ...this.findings,
      items: this.findings.items.filter(
        item =>
          (includeEnded || !item.endedAt) &&
          (!kind || item.kind === kind) &&
          (!clusterId || item.clusterId === clusterId) &&
          (!environment || item.environment === environment),
      ),
    };
  }

  async lookForFindings() {
    this.findings = { ...this.findings, isLooking: true };
  }

  async listQuotas() {
    return {
      items: this.quotas,
      environments: this.environments.map(({ name }) => name),
    };
  }

  async listMyQuotas() {
    return this.myQuotas;
  }

  async putQuota(input: QuotaInput): Promise<Quota> {
    const { environment, scope, subject, limits } = input;
    const isSame = (quota: Quota) =>
      quota.environment === environment &&
      quota.scope === scope &&
      quota.subject === subject;
    const old = this.quotas.find(isSame);
    const quota: Quota = {
      id: old?.id ?? `quota-${this.quotas.length + 1}`,
      environment,
      scope,
      subject,
      limits,
      title: [scope, subject, environment].filter(Boolean).join(' '),
      updatedBy: 'user:default/instructor',
      updatedAt: new Date().toISOString(),
      uses: old?.uses ?? [],
    };
    this.quotas = [...this.quotas.filter(each => !isSame(each)), quota];
    return quota;
  }

  async deleteQuota(quotaId: string) {
    const quota = this.quotas.find(({ id }) => id === quotaId);
    if (!quota) {
      throw new KubesmithApiError({
        status: 404,
        message: `There is no quota '${quotaId}' that you may see.`,
        code: 'KUBESMITH-NOT-FOUND',
      });
    }
    this.quotas = this.quotas.filter(({ id }) => id !== quotaId);
    return quota;
  }

  async listApprovalLimits() {
    return {
      items: this.approvalLimits,
      environments: this.environments.map(({ name }) => name),
    };
  }

  async putApprovalLimits(environment: string, limits: ApprovalLimits) {
    const record: ApprovalLimitsOfEnvironment = {
      environment,
      limits,
      updatedBy: 'user:default/instructor',
      updatedAt: new Date().toISOString(),
    };
    this.approvalLimits = [
      ...this.approvalLimits.filter(each => each.environment !== environment),
      record,
    ];
    return record;
  }

  async listOrderRequests() {
    return this.orderRequests;
  }

  async approveOrderRequest(id: string, reason?: string) {
    return this.#endOrderRequest(id, {
      status: 'approved',
      decisionReason: reason,
    });
  }

  async refuseOrderRequest(id: string, reason: string) {
    return this.#endOrderRequest(id, {
      status: 'refused',
      decisionReason: reason,
    });
  }

  async withdrawOrderRequest(id: string) {
    return this.#endOrderRequest(id, { status: 'withdrawn' });
  }

  #endOrderRequest(id: string, change: Partial<OrderRequest>): OrderRequest {
    const old = this.orderRequests.find(each => each.id === id);
    if (!old) {
      throw new KubesmithApiError({
        status: 404,
        message: `There is no order request '${id}' that you may see.`,
        code: 'KUBESMITH-NOT-FOUND',
      });
    }
    const ended: OrderRequest = {
      ...old,
      ...change,
      decidedBy: 'user:default/instructor',
      can: { decide: false, withdraw: false },
    };
    this.orderRequests = this.orderRequests.map(each =>
      each.id === id ? ended : each,
    );
    return ended;
  }

  async listOperations(
    clusterId: string,
    { before, limit }: { before?: string; limit?: number } = {},
  ) {
    const all = [...this.#operations(), ...this.earlierOperations].filter(
      operation => operation.clusterId === clusterId,
    );
    const from = all.findIndex(({ id }) => id === before) + 1;
    return all.slice(from, limit === undefined ? undefined : from + limit);
  }

  async listOperationEvents(
    _operationId: string,
    query: { after: number; limit: number },
  ) {
    return this.events
      .filter(({ id }) => id > query.after)
      .slice(0, query.limit);
  }

  async listSnapshots() {
    return this.snapshots;
  }

  async listPossibleOperations() {
    return this.possibleOperations;
  }

  async planOperation(_clusterId: string, request: OperationRequest) {
    return this.plan(request);
  }

  async startOperation(
    clusterId: string,
    options: Parameters<KubesmithApi['startOperation']>[1],
  ): Promise<Operation> {
    const plan = this.plan(options.request);
    if (plan.problems.length > 0 || plan.fingerprint !== options.fingerprint)
      throw new KubesmithApiError({
        status: 409,
        code: 'KUBESMITH-PLAN-CHANGED',
        message: 'The operation would now do something else.',
      });
    const operation = anOperation({
      clusterId,
      kind: options.request.kind,
      status: 'queued',
    });
    this.started.push(options);
    this.clusters = this.clusters.map(cluster =>
      cluster.id === clusterId ? { ...cluster, operation } : cluster,
    );
    return operation;
  }

  async cancelOperation(operationId: string) {
    return this.#change(operationId, { cancelRequested: true });
  }

  async retryOperation(operationId: string) {
    return this.#change(operationId, { status: 'queued' });
  }

  backups: Backup[] = [];

  async listBackups() {
    return this.backups;
  }

  async listGrants(clusterId: string) {
    return this.grants.filter(grant => grant.clusterId === clusterId);
  }

  async issueGrant(
    clusterId: string,
    options: { role: GrantRole; hours: number; namespaces?: string[] },
  ): Promise<IssuedKubeconfig> {
    const now = Date.now();
    const grant = aGrant({
      id: `grant-${this.grants.length + 1}`,
      clusterId,
      role: options.role,
      namespaces: options.namespaces,
      createdAt: new Date(now).toISOString(),
      expiresAt: new Date(now + options.hours * 3_600_000).toISOString(),
    });
    this.grants = [grant, ...this.grants];
    return {
      grant,
      kubeconfig: `apiVersion: v1\nkind: Config # ${grant.id}\n`,
    };
  }

  async getGrantOptions(): Promise<GrantOptions> {
    return this.grantOptions;
  }

  async listShares(clusterId: string) {
    return this.shares.filter(share => share.clusterId === clusterId);
  }

  async createShare(clusterId: string, share: NewShare) {
    const made: Share = {
      ...share,
      id: `share-${this.shares.length + 1}`,
      clusterId,
      createdAt: new Date().toISOString(),
      createdBy: 'user:default/student-1',
    };
    this.shares = [...this.shares, made];
    return made;
  }

  async endShare(shareId: string) {
    const share = this.shares.find(({ id }) => id === shareId);
    if (!share) {
      throw new KubesmithApiError({
        status: 404,
        message: `There is no share '${shareId}' that you may see.`,
      });
    }
    this.shares = this.shares.filter(({ id }) => id !== shareId);
    return { ...share, endedAt: new Date().toISOString() };
  }

  async revokeGrant(grantId: string) {
    const grant = this.grants.find(({ id }) => id === grantId);
    if (!grant) {
      throw new KubesmithApiError({
        status: 404,
        message: `There is no grant '${grantId}' that you may see.`,
      });
    }
    const revoked = {
      ...grant,
      active: false,
      canRevoke: false,
      revokedAt: new Date().toISOString(),
    };
    this.grants = this.grants.map(each =>
      each.id === grantId ? revoked : each,
    );
    return revoked;
  }

  async getLease(clusterId: string) {
    const { expiresAt, phase } = await this.getCluster(clusterId);
    const isEnding = phase === 'deleting' || phase === 'deleted';
    return aLease({
      clusterId,
      expiresAt,
      ...(isEnding && {
        state: 'ended' as const,
        can: { extend: false, hold: false },
      }),
      ...this.lease,
    });
  }

  async extendLease(clusterId: string, { until }: { until?: string }) {
    this.clusters = this.clusters.map(cluster =>
      cluster.id === clusterId && until
        ? { ...cluster, expiresAt: until }
        : cluster,
    );
    return this.getLease(clusterId);
  }

  async getSchedule(clusterId: string): Promise<ClusterSchedule> {
    const { calendar, timetable } = this.schedule;
    const { next } =
      timetable || calendar
        ? await this.previewSchedule({ timetable })
        : { next: [] };
    return { clusterId, can: { change: true }, next, ...this.schedule };
  }

  async previewSchedule(wish: ScheduleWish) {
    return this.schedulePreview(wish);
  }

  async setSchedule(clusterId: string, wish: ScheduleWish) {
    const { timetable } = wish;
    const { calendar, problems } =
      timetable || wish.calendar
        ? await this.previewSchedule(wish)
        : { calendar: undefined, problems: [] };
    if (problems.length > 0)
      throw new KubesmithApiError({
        status: 400,
        message: 'The request has mistakes.',
        problems,
      });
    const { can } = this.schedule;
    this.schedule = {
      ...(can && { can }),
      ...(timetable && { timetable, setBy: 'user:default/student-1' }),
      ...(calendar && { calendar, setBy: 'user:default/student-1' }),
    };
    return this.getSchedule(clusterId);
  }

  async snoozeSchedule(clusterId: string, until?: string) {
    this.schedule = { ...this.schedule, snoozedUntil: until };
    return this.getSchedule(clusterId);
  }

  async holdLease(clusterId: string, hold: { reason: string; until?: string }) {
    this.lease = {
      ...this.lease,
      state: 'held',
      hold: {
        ...hold,
        by: 'user:default/instructor',
        at: new Date().toISOString(),
      },
    };
    return this.getLease(clusterId);
  }

  async releaseLease(clusterId: string) {
    this.lease = { ...this.lease, state: 'running', hold: undefined };
    return this.getLease(clusterId);
  }

  async getArchive() {
    return this.archive;
  }

  async listTokens() {
    return { items: this.tokens, defaultDays: 30, maxDays: 90 };
  }

  async createToken({ name, scope, environment, days = 30 }: NewToken) {
    const now = Date.now();
    const token: AccessToken = {
      id: `token-${this.tokens.length + 1}`,
      name,
      scope,
      environment,
      createdAt: new Date(now).toISOString(),
      expiresAt: new Date(now + days * 86_400_000).toISOString(),
      active: true,
    };
    this.tokens = [token, ...this.tokens];
    return { token, secret: `kst_${'0'.repeat(16)}${'A'.repeat(43)}` };
  }

  async revokeToken(tokenId: string) {
    const revoked = {
      ...this.tokens.find(({ id }) => id === tokenId)!,
      revokedAt: new Date().toISOString(),
      active: false,
    };
    this.tokens = this.tokens.map(token =>
      token.id === tokenId ? revoked : token,
    );
    return revoked;
  }

  async listAuditEntries(query: AuditQuery) {
    return this.entries
      .filter(
        entry =>
          (query.actor === undefined || entry.actor === query.actor) &&
          (query.action === undefined || entry.action === query.action) &&
          (query.outcome === undefined || entry.outcome === query.outcome) &&
          (query.from === undefined || entry.time >= query.from) &&
          (query.before === undefined || entry.seq < query.before),
      )
      .slice(0, query.limit);
  }

  async exportAuditEntries(query: Omit<AuditQuery, 'before' | 'limit'>) {
    const entries = await this.listAuditEntries(query);
    return entries.map(({ seq }) => `${seq}\r\n`).join('');
  }

  #operations(): Operation[] {
    return this.clusters.flatMap(({ operation }) => operation ?? []);
  }

  #change(operationId: string, change: Partial<Operation>): Operation {
    const old = this.#operations().find(({ id }) => id === operationId);
    if (!old) {
      throw new KubesmithApiError({
        status: 404,
        message: `There is no operation '${operationId}' that you may see.`,
      });
    }
    const operation = { ...old, ...change };
    this.clusters = this.clusters.map(cluster =>
      cluster.operation?.id === operationId
        ? { ...cluster, operation }
        : cluster,
    );
    return operation;
  }
}
