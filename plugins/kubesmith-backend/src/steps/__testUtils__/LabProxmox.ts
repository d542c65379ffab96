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

/** The lab's Proxmox VE API double with hosts in memory, for one test file. */
export class LabProxmox {
  readonly connection: ProxmoxConnection;
  readonly #process: ChildProcess;
  readonly #agent: Agent;

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
    const [line] = (await once(createInterface(child.stdout!), 'line')) as [
      string,
    ];
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

  /** The machines that are no templates, by VMID. */
  async machines(): Promise<
    Map<
      number,
      { node: string; pool?: string; config: Record<string, unknown> }
    >
  > {
    const { vms } = await this.control<{
      vms: {
        vmid: number;
        node: string;
        pool?: string;
        config: Record<string, unknown>;
      }[];
    }>('GET', 'state');
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
