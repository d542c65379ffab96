import { randomUUID } from 'node:crypto';
import type { components } from '@kubesmith/plugin-kubesmith-common/src/api/openapi.gen.ts';
import type { Session } from './signIn.ts';

type Schemas = components['schemas'];
/* Records of Kubesmith's API, as its document describes them. */
export type Cluster = Schemas['Cluster'];
export type Operation = Schemas['Operation'];
export type OperationEvent = Schemas['OperationEvent'];
export type Grant = Schemas['Grant'];
export type Share = Schemas['Share'];
export type FieldProblem = Schemas['FieldProblem'];
export type Lease = Schemas['Lease'];
export type Findings = Schemas['Findings'];
export type ClusterArchive = Schemas['ClusterArchive'];

/** An answer that is not a success. */
export class RequestRefused extends Error {
  override name = 'RequestRefused';
  readonly status: number;
  /** The answer as it came. */
  readonly body: any;

  constructor(what: string, status: number, body: unknown) {
    super(`${what} answered ${status}: ${JSON.stringify(body)}`);
    this.status = status;
    this.body = body;
  }

  /** What is wrong with which field, for answers of Kubesmith's API. */
  get problems(): FieldProblem[] {
    return this.body?.error?.problems ?? [];
  }
}

/** A task of the scaffolder. */
export interface Task {
  id: string;
  status:
    | 'open'
    | 'processing'
    | 'completed'
    | 'failed'
    | 'cancelled'
    | 'skipped';
  createdBy?: string;
  spec: { steps: { id: string; name: string }[] };
}

/** One line of a task's log, or a change of a step's state. */
export interface TaskEvent {
  id: number;
  type: 'log' | 'completion' | 'cancelled' | 'recovered';
  createdAt: string;
  body: {
    message: string;
    stepId?: string;
    status?: string;
    error?: { message: string };
    output?: any;
  };
}

/** An entity, as far as it is looked at here. */
export interface Entity {
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    annotations?: Record<string, string>;
  };
}

/** What a person does in the portal, by its HTTP API. */
export class PortalClient {
  readonly session: Session;

  constructor(session: Session) {
    this.session = session;
  }

  /** Starts a template, as the portal's form does. */
  async start(template: string, values: object): Promise<string> {
    const { id } = await this.#json<{ id: string }>(
      'POST',
      '/api/scaffolder/v2/tasks',
      {
        templateRef: `template:default/${template}`,
        values,
      },
    );
    return id;
  }

  task(id: string): Promise<Task> {
    return this.#json('GET', `/api/scaffolder/v2/tasks/${id}`);
  }

  async tasks(): Promise<Task[]> {
    return (
      await this.#json<{ tasks: Task[] }>('GET', '/api/scaffolder/v2/tasks')
    ).tasks;
  }

  taskEvents(id: string, after = 0): Promise<TaskEvent[]> {
    // Waits up to 30 s for the first new one.
    return this.#json(
      'GET',
      `/api/scaffolder/v2/tasks/${id}/events?after=${after}`,
    );
  }

  async retryTask(id: string): Promise<void> {
    await this.#json('POST', `/api/scaffolder/v2/tasks/${id}/retry`, {});
  }

  async cancelTask(id: string): Promise<void> {
    await this.#json('POST', `/api/scaffolder/v2/tasks/${id}/cancel`);
  }

  async clusters(
    query: { search?: string; includeDeleted?: boolean } = {},
  ): Promise<Cluster[]> {
    const parameters = new URLSearchParams(
      Object.entries(query).map(
        ([name, value]) => [name, String(value)] as [string, string],
      ),
    );
    return (
      await this.#json<{ items: Cluster[] }>(
        'GET',
        `/api/kubesmith/v1/clusters?${parameters}`,
      )
    ).items;
  }

  cluster(id: string): Promise<Cluster> {
    return this.#json('GET', `/api/kubesmith/v1/clusters/${id}`);
  }

  /** Orders without the scaffolder: the engine builds it by itself. */
  order(order: object): Promise<{ cluster: Cluster; operation: Operation }> {
    return this.#json('POST', '/api/kubesmith/v1/clusters', order);
  }

  deleteCluster(
    id: string,
    requestId: string,
  ): Promise<{ cluster: Cluster; operation: Operation }> {
    return this.#json('POST', `/api/kubesmith/v1/clusters/${id}/delete`, {
      requestId,
    });
  }

  /** What would be wrong with an order. */
  async checkOrder(order: object): Promise<FieldProblem[]> {
    return (
      await this.#json<{ problems: FieldProblem[] }>(
        'POST',
        '/api/kubesmith/v1/orders/check',
        order,
      )
    ).problems;
  }

  /** All operations of a cluster, newest first. */
  async operations(clusterId: string): Promise<Operation[]> {
    return (
      await this.#json<{ items: Operation[] }>(
        'GET',
        `/api/kubesmith/v1/clusters/${clusterId}/operations`,
      )
    ).items;
  }

  operation(id: string): Promise<Operation> {
    return this.#json('GET', `/api/kubesmith/v1/operations/${id}`);
  }

  async operationEvents(id: string, after = 0): Promise<OperationEvent[]> {
    return (
      await this.#json<{ items: OperationEvent[] }>(
        'GET',
        `/api/kubesmith/v1/operations/${id}/events?after=${after}`,
      )
    ).items;
  }

  async retryOperation(id: string): Promise<void> {
    await this.#json('POST', `/api/kubesmith/v1/operations/${id}/retry`);
  }

  async cancelOperation(id: string): Promise<void> {
    await this.#json('POST', `/api/kubesmith/v1/operations/${id}/cancel`, {});
  }

  /** Newest first. */
  snapshots(
    clusterId: string,
  ): Promise<{ items: { id: string; label: string; state: string }[] }> {
    return this.#json(
      'GET',
      `/api/kubesmith/v1/clusters/${clusterId}/snapshots`,
    );
  }

  /** What an operation would do. */
  plan(
    clusterId: string,
    request: Schemas['OperationRequest'],
  ): Promise<Schemas['OperationPlan']> {
    return this.#json(
      'POST',
      `/api/kubesmith/v1/clusters/${clusterId}/operations/plan`,
      request,
    );
  }

  /** Begins an operation, whatever its plan is. */
  begin(
    clusterId: string,
    request: Schemas['OperationRequest'],
  ): Promise<{ cluster: Cluster; operation: Operation }> {
    return this.#json(
      'POST',
      `/api/kubesmith/v1/clusters/${clusterId}/operations`,
      { requestId: randomUUID(), request },
    );
  }

  revokeGrant(id: string): Promise<Grant> {
    return this.#json('POST', `/api/kubesmith/v1/grants/${id}/revoke`);
  }

  /** A kubeconfig as administrator. */
  issueGrant(
    clusterId: string,
    hours = 8,
  ): Promise<{ grant: Grant; kubeconfig: string }> {
    return this.issue(clusterId, { role: 'administrator', hours });
  }

  issue(
    clusterId: string,
    options: { role: Grant['role']; hours: number },
  ): Promise<{ grant: Grant; kubeconfig: string }> {
    return this.#json(
      'POST',
      `/api/kubesmith/v1/clusters/${clusterId}/grants`,
      options,
    );
  }

  share(
    clusterId: string,
    share: Pick<Share, 'subject' | 'role' | 'namespaces' | 'until'>,
  ): Promise<Share> {
    return this.#json(
      'POST',
      `/api/kubesmith/v1/clusters/${clusterId}/shares`,
      share,
    );
  }

  endShare(id: string): Promise<Share> {
    return this.#json('POST', `/api/kubesmith/v1/shares/${id}/end`);
  }

  lease(clusterId: string): Promise<Lease> {
    return this.#json('GET', `/api/kubesmith/v1/clusters/${clusterId}/lease`);
  }

  extend(
    clusterId: string,
    wanted: { until?: string; days?: number },
  ): Promise<Lease> {
    return this.#json(
      'POST',
      `/api/kubesmith/v1/clusters/${clusterId}/extend`,
      wanted,
    );
  }

  holdLease(clusterId: string, reason: string): Promise<Lease> {
    return this.#json(
      'POST',
      `/api/kubesmith/v1/clusters/${clusterId}/lease/hold`,
      { reason },
    );
  }

  releaseLease(clusterId: string): Promise<Lease> {
    return this.#json(
      'POST',
      `/api/kubesmith/v1/clusters/${clusterId}/lease/release`,
    );
  }

  async archive(clusterId: string): Promise<ClusterArchive | undefined> {
    const answer = await this.#json<{ archive?: ClusterArchive }>(
      'GET',
      `/api/kubesmith/v1/clusters/${clusterId}/archive`,
    );
    return answer.archive;
  }

  /** Where records and Proxmox do not agree, in the environments that the person looks after. */
  findings(query: { includeEnded?: boolean } = {}): Promise<Findings> {
    const parameters = query.includeEnded ? '?includeEnded=true' : '';
    return this.#json('GET', `/api/kubesmith/v1/findings${parameters}`);
  }

  /** Has the portal look for findings, and into clusters; the list says when that is over. */
  async lookForFindings(): Promise<void> {
    await this.#json('POST', '/api/kubesmith/v1/findings/look');
  }

  /** Titles of the person's last notifications. */
  async notifications(): Promise<string[]> {
    const answer = await this.#json<{
      notifications: { payload: { title: string } }[];
    }>('GET', '/api/notifications/notifications?limit=100');
    return answer.notifications.map(({ payload }) => payload.title);
  }

  async entities(filter: string): Promise<Entity[]> {
    return await this.#json(
      'GET',
      `/api/catalog/entities?filter=${encodeURIComponent(filter)}`,
    );
  }

  /** The text of any answer of the portal, which must have this status. */
  async read(path: string, status = 200): Promise<string> {
    const answer = await this.session.fetch(path);
    const text = await answer.text();
    if (answer.status !== status)
      throw new RequestRefused(`GET ${path}`, answer.status, parseOrText(text));
    return text;
  }

  async #json<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await this.session.fetch(path, {
      method,
      ...(body && {
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    const text = await answer.text();
    const parsed = text ? parseOrText(text) : undefined;
    if (!answer.ok)
      throw new RequestRefused(`${method} ${path}`, answer.status, parsed);
    return parsed as T;
  }
}

function parseOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
