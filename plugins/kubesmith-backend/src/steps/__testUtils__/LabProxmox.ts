import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { resolvePackagePath } from '@backstage/backend-plugin-api';
import { Agent, request } from 'undici';
import type { ProxmoxConnection } from '../../config/types';

/** One call that the double was asked, as its log has it. */
export interface LoggedCall {
  method: string;
  path: string;
  params: Record<string, string>;
  status: number;
}

interface LabState {
  vms: {
    vmid: number;
    node: string;
    pool?: string;
    config: Record<string, unknown>;
  }[];
  roles: Record<string, string[]>;
  hostsDown: string[];
}

/** A call that took effect; 0: its answer was lost. */
const started = (status: number) => status === 200 || status === 0;

/** The lab's Proxmox VE API double with hosts in memory, for one test file. */
export class LabProxmox {
  readonly connection: ProxmoxConnection;
  readonly #process: ChildProcess;
  readonly #agent: Agent;
  #roles?: Record<string, string[]>;

  private constructor(
    process: ChildProcess,
    connection: ProxmoxConnection,
    agent: Agent,
  ) {
    this.#process = process;
    this.connection = connection;
    this.#agent = agent;
  }

  /** @param settings - of the double, e.g. `taskDurations` */
  static async start(settings: object = {}): Promise<LabProxmox> {
    const child = spawn(
      process.execPath,
      [
        resolvePackagePath(
          '@kubesmith/plugin-kubesmith-backend',
          'src/steps/__testUtils__/proxmoxDouble.mjs',
        ),
        JSON.stringify(settings),
      ],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    const [line] = (await Promise.race([
      once(createInterface(child.stdout!), 'line'),
      once(child, 'exit').then(([code]) => {
        throw new Error(`The API double ended at once, with code ${code}`);
      }),
    ])) as [string];
    const connection = JSON.parse(line) as ProxmoxConnection;
    const ca = await readFile(connection.caFile!, 'utf8');
    return new LabProxmox(child, connection, new Agent({ connect: { ca } }));
  }

  async stop(): Promise<void> {
    this.#process.stdin!.end();
    await once(this.#process, 'exit');
    await this.#agent.close();
  }

  /** A control of the lab; see `packages/lab/src/proxmox/routes/lab.ts`. */
  async control<T>(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<T> {
    const answer = await request(`${this.connection.endpoint}/__lab/${path}`, {
      method,
      dispatcher: this.#agent,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 200)
      throw new Error(`${method} ${path}: ${text}`);
    return JSON.parse(text) as T;
  }

  /** One or several faults; see `packages/lab/src/proxmox/faults.ts`. */
  async fault(...faults: object[]): Promise<void> {
    await this.control('POST', 'faults', faults);
  }

  /** How often the faults that are set have hit. */
  async hits(): Promise<number> {
    const faults = await this.control<{ hits: number }[]>('GET', 'faults');
    return faults.reduce((sum, { hits }) => sum + hits, 0);
  }

  /** Ends all faults, and nothing else. */
  async lift(): Promise<void> {
    await this.control('DELETE', 'faults');
  }

  /** The datacenter as it was in the beginning: no faults, no machines, all hosts up, all privileges there. */
  async reset(): Promise<void> {
    await this.lift();
    const { vms, roles, hostsDown } = await this.#state();
    this.#roles ??= roles;
    for (const [name, privileges] of Object.entries(this.#roles))
      await this.control('PUT', `roles/${name}`, { privileges });
    for (const host of hostsDown)
      await this.control('PUT', `hosts/${host}`, { down: false });
    for (const { vmid, config } of vms)
      if (!config.template) await this.control('DELETE', `vms/${vmid}`);
    await this.control('PUT', `tokens/${this.connection.tokenId}`, {
      secret: this.connection.tokenSecret,
    });
  }

  /** Takes a privilege from all roles, wherever they are granted. */
  async revoke(privilege: string): Promise<void> {
    const { roles } = await this.#state();
    this.#roles ??= roles;
    for (const [name, privileges] of Object.entries(roles))
      await this.control('PUT', `roles/${name}`, {
        privileges: privileges.filter(held => held !== privilege),
      });
  }

  /** A stranger's machine, exactly as the double keeps it. */
  async stranger(vmid: number, settings: object = {}): Promise<string> {
    await this.control('POST', 'strangers', { vmid, ...settings });
    return this.exactly(vmid);
  }

  /** A machine byte for byte, to compare; 'none' when there is none. */
  async exactly(vmid: number): Promise<string> {
    const { vms } = await this.#state();
    const found = vms.find(vm => vm.vmid === vmid);
    return found ? JSON.stringify(found) : 'none';
  }

  /** The VMIDs that were given to clones that Proxmox began, in their order. */
  async clones(since = 0): Promise<number[]> {
    return (await this.changes(since))
      .filter(({ path, status }) => path.endsWith('/clone') && started(status))
      .map(({ params }) => Number(params.newid));
  }

  #state(): Promise<LabState> {
    return this.control<LabState>('GET', 'state');
  }

  /** The machines that are no templates, by VMID. */
  async machines(): Promise<
    Map<
      number,
      { node: string; pool?: string; config: Record<string, unknown> }
    >
  > {
    const { vms } = await this.#state();
    return new Map(
      vms.filter(vm => !vm.config.template).map(vm => [vm.vmid, vm]),
    );
  }

  /** The calls that change something, since a number of calls. */
  async changes(since = 0): Promise<LoggedCall[]> {
    const calls = await this.control<LoggedCall[]>(
      'GET',
      `calls?since=${since}`,
    );
    return calls.filter(
      ({ method, path }) => method !== 'GET' && !path.includes('/agent/'),
    );
  }

  /** The number of the latest call. */
  async now(): Promise<number> {
    const calls = await this.control<{ seq: number }[]>('GET', 'calls');
    return calls.at(-1)?.seq ?? 0;
  }
}
