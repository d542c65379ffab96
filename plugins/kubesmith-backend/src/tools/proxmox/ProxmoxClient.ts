import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { assertStillOurs } from '../../engine/stop';
import { classifyAnswer, PveError } from './PveError';
import { addressesInUse } from './addressesInUse';
import type {
  PveGuest,
  PveGuestInterface,
  PveHost,
  PveTask,
  PveVm,
  PveVmConfig,
} from './types';

/** How to reach Proxmox VE. */
export interface ProxmoxClientOptions {
  /** Without a path, such as `https://pve.example.org:8006`. */
  endpoint: string;
  /** `user@realm!name` */
  tokenId: string;
  tokenSecret: string;
  /** PEM file with the CA of the API's certificate; the system's CAs when absent. */
  caFile?: string;
  /** For one call, default 30 s. */
  timeoutMs?: number;
}

type Parameters = Record<string, string | number | undefined>;
type CallOptions = { signal?: AbortSignal; attempts?: number };

/** Proxmox closes idle connections after a few seconds; ours must be the first to let go. */
const KEEP_ALIVE_MS = 4000;
const GET_ATTEMPTS = 3;
const RETRY_MS = 300;
const MAX_MESSAGE = 500;
/** Answers hold what guests say, through their agents. The longest true one, all machines of a large site, has 1 or 2 MiB. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

function encode(parameters: Parameters): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) search.append(name, String(value));
  }
  return search.toString();
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)
    : {};
}

function asList(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(asObject) : [];
}

/** Objects have no text of their own: where one stands for a text, somebody made it up. */
const text = (value: unknown): string =>
  value === undefined || typeof value === 'object' ? '' : String(value);
const optional = (value: unknown): string | undefined =>
  text(value) || undefined;

/**
 * The calls of the Proxmox VE API that we make ourselves, beside Terraform's provider. GETs are repeated when the
 * connection fails; what changes something never is: its outcome is asked for instead. Every failure is a {@link PveError}.
 */
export class ProxmoxClient {
  readonly #pool: Pool;
  readonly #authorization: string;

  private constructor(pool: Pool, authorization: string) {
    this.#pool = pool;
    this.#authorization = authorization;
  }

  static async create(options: ProxmoxClientOptions): Promise<ProxmoxClient> {
    const ca = options.caFile
      ? await readFile(options.caFile, 'utf8')
      : undefined;
    const timeout = options.timeoutMs ?? 30_000;
    const pool = new Pool(options.endpoint, {
      connections: 10,
      connect: { ca, timeout: 10_000 },
      headersTimeout: timeout,
      bodyTimeout: timeout,
      maxResponseSize: MAX_ANSWER_BYTES,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
    });
    return new ProxmoxClient(
      pool,
      `PVEAPIToken=${options.tokenId}=${options.tokenSecret}`,
    );
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  /** All virtual machines that the token may see. One that is missing may also just be hidden from it. */
  async vms(options?: CallOptions): Promise<PveVm[]> {
    const rows = asList(
      await this.#get('/cluster/resources', { type: 'vm' }, options),
    );
    return rows
      .filter(row => row.type === 'qemu' || row.type === undefined)
      .map(row => ({
        vmid: Number(row.vmid),
        name: text(row.name),
        node: text(row.node),
        status: text(row.status),
        pool: optional(row.pool),
        tags: optional(row.tags),
        template: Number(row.template ?? 0) === 1,
        lock: optional(row.lock),
      }));
  }

  /** All machines and containers that the token may see. */
  async guests(options?: CallOptions): Promise<PveGuest[]> {
    const rows = asList(
      await this.#get('/cluster/resources', { type: 'vm' }, options),
    );
    return rows.map(row => ({
      kind: row.type === 'lxc' ? 'lxc' : 'qemu',
      vmid: Number(row.vmid),
      node: text(row.node),
      status: text(row.status),
      template: Number(row.template ?? 0) === 1,
    }));
  }

  /** The configuration of a machine or a container. */
  async guestConfig(
    { kind, node, vmid }: Pick<PveGuest, 'kind' | 'node' | 'vmid'>,
    options?: CallOptions,
  ): Promise<PveVmConfig> {
    return asObject(
      await this.#get(`/nodes/${node}/${kind}/${vmid}/config`, {}, options),
    ) as PveVmConfig;
  }

  /** See {@link addressesInUse}. */
  async addressesInUse(except: Set<number>) {
    return addressesInUse(this, except);
  }

  async hosts(options?: CallOptions): Promise<PveHost[]> {
    return asList(await this.#get('/nodes', {}, options)).map(row => {
      const memoryTotal = Number(row.maxmem ?? 0);
      const memoryUsed = Number(row.mem ?? 0);
      return {
        node: text(row.node),
        online: row.status === 'online',
        memoryTotal,
        memoryUsed,
        memoryFree: memoryTotal - memoryUsed,
        cpus: Number(row.maxcpu ?? 0),
      };
    });
  }

  /** The token's own privileges on one path, as far as Proxmox lists them. */
  async permissions(path: string, options?: CallOptions): Promise<Set<string>> {
    const answer = asObject(
      await this.#get('/access/permissions', { path }, options),
    );
    const granted = asObject(answer[path]);
    return new Set(
      Object.keys(granted).filter(name => granted[name] !== undefined),
    );
  }

  /** Whether a VMID is free, counting machines that are hidden from the token. */
  async isFree(vmid: number, options?: CallOptions): Promise<boolean> {
    try {
      await this.#get('/cluster/nextid', { vmid }, options);
      return true;
    } catch (error) {
      if (error instanceof PveError && error.status === 400) return false;
      throw error;
    }
  }

  async vmConfig(
    node: string,
    vmid: number,
    options?: CallOptions,
  ): Promise<PveVmConfig> {
    return asObject(
      await this.#get(`/nodes/${node}/qemu/${vmid}/config`, {}, options),
    ) as PveVmConfig;
  }

  async vmStatus(
    node: string,
    vmid: number,
    options?: CallOptions,
  ): Promise<{ status: string; lock?: string }> {
    const row = asObject(
      await this.#get(
        `/nodes/${node}/qemu/${vmid}/status/current`,
        {},
        options,
      ),
    );
    return { status: text(row.status), lock: optional(row.lock) };
  }

  /** Volumes that belong to a VMID on one storage; also those of a machine that is gone. */
  async volumes(
    node: string,
    storage: string,
    vmid: number,
    options?: CallOptions,
  ): Promise<string[]> {
    const rows = asList(
      await this.#get(
        `/nodes/${node}/storage/${storage}/content`,
        { vmid },
        options,
      ),
    );
    return rows
      .filter(row => Number(row.vmid) === vmid)
      .map(row => text(row.volid));
  }

  /** Grows a disk to a size, in GiB. Returns the task's UPID. */
  async resizeDisk(
    node: string,
    vmid: number,
    resize: { disk: string; sizeGiB: number },
    options?: CallOptions,
  ): Promise<string> {
    const parameters = { disk: resize.disk, size: `${resize.sizeGiB}G` };
    return text(
      await this.#call(
        'PUT',
        `/nodes/${node}/qemu/${vmid}/resize`,
        parameters,
        options,
      ),
    );
  }

  /** Cuts the power. Returns the task's UPID. */
  async stopVm(
    node: string,
    vmid: number,
    options?: CallOptions,
  ): Promise<string> {
    return text(
      await this.#call(
        'POST',
        `/nodes/${node}/qemu/${vmid}/status/stop`,
        {},
        options,
      ),
    );
  }

  /** Removes a stopped machine with all its disks. Returns the task's UPID. */
  async deleteVm(
    node: string,
    vmid: number,
    options?: CallOptions,
  ): Promise<string> {
    return text(
      await this.#call(
        'DELETE',
        `/nodes/${node}/qemu/${vmid}`,
        { purge: 1, 'destroy-unreferenced-disks': 1 },
        options,
      ),
    );
  }

  async task(upid: string, options?: CallOptions): Promise<PveTask> {
    const [, node] = upid.split(':');
    const row = asObject(
      await this.#get(
        `/nodes/${node}/tasks/${encodeURIComponent(upid)}/status`,
        {},
        options,
      ),
    );
    return {
      upid,
      node,
      type: text(row.type),
      id: text(row.id),
      running: row.status !== 'stopped',
      exitStatus: optional(row.exitstatus),
      startTime: Number(row.starttime ?? 0),
    };
  }

  /** Waits for a task; fails with the task's own words unless it ended well. */
  async waitForTask(
    upid: string,
    options: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<PveTask> {
    const deadline = performance.now() + options.timeoutMs;
    for (;;) {
      const task = await this.task(upid, options);
      if (!task.running) {
        if (task.exitStatus === 'OK' || task.exitStatus?.startsWith('WARNINGS'))
          return task;
        throw new PveError({
          call: `task ${task.type}`,
          status: 500,
          message: task.exitStatus ?? 'no exit status',
          class: classifyAnswer(500, task.exitStatus ?? '', 'GET'),
        });
      }
      if (performance.now() > deadline) {
        throw new PveError({
          call: `task ${task.type}`,
          message: `the task ${task.type} still runs`,
          class: 'ambiguous',
        });
      }
      await delay(500, undefined, { signal: options.signal });
    }
  }

  /** Recent tasks of the whole Proxmox cluster. */
  async tasks(options?: CallOptions): Promise<PveTask[]> {
    return asList(await this.#get('/cluster/tasks', {}, options)).map(row => ({
      upid: text(row.upid),
      node: text(row.node),
      type: text(row.type),
      id: text(row.id),
      running: row.endtime === undefined,
      // In this list `status` is the exit status.
      exitStatus: row.endtime === undefined ? undefined : optional(row.status),
      startTime: Number(row.starttime ?? 0),
    }));
  }

  /** Whether the guest agent answers. Fails only when that could not be asked. */
  async agentAnswers(
    node: string,
    vmid: number,
    options?: CallOptions,
  ): Promise<boolean> {
    try {
      await this.#call(
        'POST',
        `/nodes/${node}/qemu/${vmid}/agent/ping`,
        {},
        options,
      );
      return true;
    } catch (error) {
      if (error instanceof PveError && error.status === 500) return false;
      throw error;
    }
  }

  async agentInterfaces(
    node: string,
    vmid: number,
    options?: CallOptions,
  ): Promise<PveGuestInterface[]> {
    const answer = asObject(
      await this.#get(
        `/nodes/${node}/qemu/${vmid}/agent/network-get-interfaces`,
        {},
        options,
      ),
    );
    return asList(answer.result).map(row => ({
      name: text(row.name),
      macAddress: text(row['hardware-address']).toUpperCase(),
      addresses: asList(row['ip-addresses']).map(address =>
        text(address['ip-address']),
      ),
    }));
  }

  /** The text of a small file in the guest. What comes back was written by the node: data, never to be trusted. */
  async agentReadFile(
    node: string,
    vmid: number,
    file: string,
    options?: CallOptions,
  ): Promise<string> {
    const answer = asObject(
      await this.#get(
        `/nodes/${node}/qemu/${vmid}/agent/file-read`,
        { file },
        options,
      ),
    );
    return text(answer.content);
  }

  /** The data of any other GET, as Proxmox answers it. */
  async read(
    path: string,
    parameters: Parameters = {},
    options?: CallOptions,
  ): Promise<unknown> {
    return this.#get(path, parameters, options);
  }

  async #get(
    path: string,
    parameters: Parameters,
    options: CallOptions = {},
  ): Promise<unknown> {
    const attempts = options.attempts ?? GET_ATTEMPTS;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#call('GET', path, parameters, options);
      } catch (error) {
        const repeat =
          error instanceof PveError &&
          (error.status === undefined || error.status >= 590);
        if (!repeat || attempt >= attempts) throw error;
        await delay(RETRY_MS * attempt, undefined, { signal: options.signal });
      }
    }
  }

  async #call(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    parameters: Parameters,
    options: CallOptions = {},
  ): Promise<unknown> {
    const call = `${method} ${path}`;
    const inQuery = method === 'GET' || method === 'DELETE'; // A body would be answered with 501.
    const query = encode(parameters);
    let answer;
    let body: string;
    // Machines are looked at by anybody, but changed by who holds the lease.
    if (method !== 'GET') assertStillOurs(options.signal);
    try {
      answer = await this.#pool.request({
        method,
        path: `/api2/json${path}${inQuery && query ? `?${query}` : ''}`,
        headers: {
          authorization: this.#authorization,
          ...(inQuery
            ? {}
            : { 'content-type': 'application/x-www-form-urlencoded' }),
        },
        body: inQuery ? undefined : query,
        signal: options.signal,
      });
      body = await answer.body.text();
    } catch (error) {
      if (options.signal?.aborted) throw options.signal.reason;
      throw new PveError({
        call,
        message: describeConnectionProblem(error),
        class: method === 'GET' ? 'transient' : 'ambiguous',
        cause: error,
      });
    }
    const status = answer.statusCode;
    if (status >= 200 && status < 300) return parseData(call, body);
    const message = messageOf(answer.statusText, body);
    throw new PveError({
      call,
      status,
      message,
      class: classifyAnswer(status, message, method),
    });
  }
}

function parseData(call: string, body: string): unknown {
  try {
    return (JSON.parse(body) as { data?: unknown }).data;
  } catch (error) {
    throw new PveError({
      call,
      message: 'the answer is not JSON: is this the Proxmox API?',
      class: 'permanent',
      cause: error,
    });
  }
}

function describeConnectionProblem(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code && !message?.includes(code)
    ? `${code} ${message ?? ''}`.trim()
    : message ?? 'no connection';
}

/** Proxmox says what is wrong in the status line, in the body, or (401) in the status line alone. */
function messageOf(reason: string | undefined, body: string): string {
  let message = reason ?? '';
  try {
    const parsed = asObject(JSON.parse(body));
    if (typeof parsed.message === 'string' && parsed.message.trim())
      message = parsed.message.trim();
    const errors = asObject(parsed.errors);
    const fields = Object.keys(errors).map(
      name => `${name}: ${text(errors[name]).trim()}`,
    );
    if (fields.length > 0) message = `${message} (${fields.join('; ')})`;
  } catch {
    // No JSON: the reason is all there is.
  }
  return (message || 'no message').slice(0, MAX_MESSAGE);
}
