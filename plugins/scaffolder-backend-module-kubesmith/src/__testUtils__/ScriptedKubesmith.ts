import type {
  Cluster,
  Operation,
  OperationEvent,
  OperationStep,
  OrderRequest,
} from '@kubesmith/plugin-kubesmith-common';
import type { KubesmithService } from '@kubesmith/plugin-kubesmith-node';

export const CLUSTER_ID = 'b1946ac9-2492-4d23-8f7b-0a1b2c3d4e5f';
export const OPERATION_ID = '5a105e8b-9d40-4132-8f7b-aaaaaaaaaaaa';

/** A cluster record with two machines. */
export const cluster: Cluster = {
  id: CLUSTER_ID,
  name: 'demo',
  environment: 'course',
  owner: 'user:default/mock',
  createdBy: 'user:default/mock',
  phase: 'reserved',
  spec: {
    size: 'small',
    controlPlanes: 1,
    workers: 1,
    kubernetesVersion: '1.36.3',
    cni: 'kube-router',
  },
  vip: '10.40.19.201',
  apiServerUrl: 'https://10.40.19.201:6443',
  nodes: (['cp', 'w'] as const).map((part, index) => ({
    name: `demo-${part}-1`,
    role: part === 'cp' ? 'control-plane' : 'worker',
    state: 'running',
    ipAddress: `10.40.19.${202 + index}`,
    vmid: 20_000 + index,
    host: `pve${index + 1}`,
    vcpu: 2,
    memoryMiB: 4096,
    diskGiB: 20,
  })),
  entityRef: 'resource:kubesmith/course.demo',
  createdAt: '2026-11-21T10:00:00Z',
  updatedAt: '2026-11-21T10:00:00Z',
  expiresAt: '2027-02-19T10:00:00Z',
  can: { delete: true, access: true },
};

/** An order that waits for an approval instead. */
export const waitingOrder: OrderRequest = {
  id: '0c9a4a39-9d40-4132-8f7b-bbbbbbbbbbbb',
  status: 'waiting',
  environment: 'course',
  name: 'demo',
  owner: 'user:default/mock',
  requester: 'user:default/mock',
  draft: { name: 'demo', environment: 'course', size: 'small', workers: 9 },
  why: ['It has 9 workers; more than 4 need an approval.'],
  createdAt: '2026-11-21T10:00:00Z',
  expiresAt: '2026-11-28T10:00:00Z',
  can: { decide: false, withdraw: true },
};

/** One answer to a poll of a step: what changed since the last one, or an error. */
export type Answer =
  | Error
  | {
      status?: OperationStep['status'];
      operationStatus?: Operation['status'];
      failure?: OperationStep['failure'];
      progress?: OperationStep['progress'];
      events?: Omit<OperationEvent, 'id' | 'time'>[];
    };

/**
 * Plays a Kubesmith backend with one cluster and one operation: each poll of a step takes the next answer of the script,
 * and when the script is over the step succeeds. Every method is a mock whose calls can be looked at.
 */
export class ScriptedKubesmith {
  readonly service: jest.Mocked<KubesmithService>;
  readonly operation: Operation;
  readonly #script: Answer[];
  readonly #events: OperationEvent[] = [];

  constructor(
    options: {
      taskId?: string;
      kind?: Operation['kind'];
      steps?: string[];
      status?: Operation['status'];
      script?: Answer[];
    } = {},
  ) {
    this.#script = options.script ?? [];
    this.operation = {
      id: OPERATION_ID,
      clusterId: CLUSTER_ID,
      kind: options.kind ?? 'create',
      status: options.status ?? 'queued',
      initiator: 'user:default/mock',
      taskId: options.taskId ?? 'mock-task-id',
      cancelRequested: false,
      createdAt: '2026-11-21T10:00:00Z',
      steps: (options.steps ?? ['machines']).map(name => ({
        name,
        title: `Step ${name}`,
        status: 'pending',
        attempt: 0,
      })),
    };
    const ordered = async (input: { taskId?: string }) => {
      this.operation.taskId = input.taskId;
      return { cluster, operation: this.operation };
    };
    const answers: KubesmithService = {
      getHealth: notScripted,
      listQuotas: notScripted,
      listApprovalLimits: notScripted,
      putApprovalLimits: notScripted,
      listOrderRequests: notScripted,
      getOrderRequest: notScripted,
      approveOrderRequest: notScripted,
      refuseOrderRequest: notScripted,
      withdrawOrderRequest: notScripted,
      listMyQuotas: notScripted,
      putQuota: notScripted,
      deleteQuota: notScripted,
      listEnvironments: notScripted,
      createEnvironment: notScripted,
      checkEnvironment: notScripted,
      getEnvironment: notScripted,
      updateEnvironment: notScripted,
      deleteEnvironment: notScripted,
      listEnvironmentRecords: notScripted,
      moveCluster: notScripted,
      listClusters: async ({ environment = cluster.environment }) => ({
        items: [
          {
            ...cluster,
            environment,
            entityRef: `resource:kubesmith/${environment}.${cluster.name}`,
          },
        ],
        total: 1,
      }),
      orderCluster: ordered,
      checkOrder: async () => ({ problems: [], quotas: [] }),
      getCluster: async () => cluster,
      deleteCluster: ordered,
      previewSchedule: notScripted,
      getSchedule: notScripted,
      setSchedule: notScripted,
      snoozeSchedule: notScripted,
      getLease: notScripted,
      extendLease: notScripted,
      holdLease: notScripted,
      releaseLease: notScripted,
      getArchive: notScripted,
      listOperations: notScripted,
      listPossibleOperations: notScripted,
      listSnapshots: notScripted,
      planOperation: async ({ kind }) => ({
        kind,
        summary: 'A plan of the script',
        effects: [{ node: 'demo-w-1', text: 'Something happens' }],
        warnings: ['Something to know'],
        problems: [],
        steps: [],
        fingerprint: 'scripted',
      }),
      startOperation: ordered,
      getOperation: async () => this.operation,
      listOperationEvents: async ({ after = 0 }) => {
        this.#play(this.operation.steps[0]);
        return { items: this.#events.filter(event => event.id > after) };
      },
      cancelOperation: async () => this.operation,
      retryOperation: async () => {
        this.operation.status = 'queued';
        return this.operation;
      },
      ensureStep: async ({ step: name, afterEvent = 0 }) => {
        const step = this.step(name);
        this.#play(step);
        return {
          step,
          operation: this.operation,
          events: this.#events.filter(event => event.id > afterEvent),
        };
      },
      listBackups: notScripted,
      listGrants: notScripted,
      issueGrant: notScripted,
      getGrantOptions: notScripted,
      listShares: notScripted,
      createShare: notScripted,
      endShare: notScripted,
      revokeGrant: notScripted,
      listAuditEntries: notScripted,
      exportAuditEntries: notScripted,
      listFindings: notScripted,
      lookForFindings: notScripted,
      verifyAudit: notScripted,
      recordAuditEvent: notScripted,
      listTokens: notScripted,
      createToken: notScripted,
      revokeToken: notScripted,
    };
    this.service = mocked(answers);
  }

  step(name: string): OperationStep {
    const step = this.operation.steps.find(one => one.name === name);
    if (!step) throw new Error(`No step '${name}' in the script`);
    return step;
  }

  #play(step: OperationStep): void {
    const answer = this.#script.shift() ?? { status: 'succeeded' as const };
    if ('message' in answer) throw answer;
    step.status = answer.status ?? 'running';
    step.failure = answer.failure;
    step.progress = answer.progress;
    this.operation.status = answer.operationStatus ?? 'running';
    for (const event of answer.events ?? []) {
      this.#events.push({
        ...event,
        id: this.#events.length + 1,
        time: '2026-11-21T10:00:00Z',
      });
    }
  }
}

async function notScripted(): Promise<never> {
  throw new Error('The scripted Kubesmith does not answer this call');
}

/** The same service with every method a mock that does what the method did. */
function mocked(service: KubesmithService): jest.Mocked<KubesmithService> {
  return Object.fromEntries(
    Object.entries(service).map(([name, method]) => [
      name,
      jest.fn(method as (...input: unknown[]) => unknown),
    ]),
  ) as unknown as jest.Mocked<KubesmithService>;
}
