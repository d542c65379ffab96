/** A bare client of the double for tests: calls its API with a token, and its controls. */
import { Agent, request } from 'node:https';
import type { FaultRequest } from '../faults.ts';
import type { CallRecord } from '../callLog.ts';

export interface ApiAnswer {
  status: number;
  /** Reason phrase of the status line. */
  reason: string;
  /** Body as text; empty when there is none. */
  text: string;
  /** `data` of the body. */
  data: any;
}

export class TestClient {
  readonly #endpoint: string;
  readonly #authorization: string | undefined;
  readonly #agent: Agent;

  constructor(endpoint: string, authority: string, token?: string) {
    this.#endpoint = endpoint;
    this.#authorization = token ? `PVEAPIToken=${token}` : undefined;
    this.#agent = new Agent({ ca: authority, keepAlive: true });
  }

  /** A call below `/api2/json`; parameters go where Proxmox wants them for the method. */
  api(
    method: string,
    path: string,
    params: Record<string, string | number> = {},
  ): Promise<ApiAnswer> {
    const encoded = new URLSearchParams(
      Object.entries(params).map(([name, value]): [string, string] => [
        name,
        String(value),
      ]),
    ).toString();
    const inQuery = method === 'GET' || method === 'DELETE';
    return this.send(
      method,
      `/api2/json${path}${inQuery && encoded ? `?${encoded}` : ''}`,
      inQuery ? '' : encoded,
      'application/x-www-form-urlencoded',
    );
  }

  /** The data of a call that must succeed; of a task, after it has ended well. */
  async ok(
    method: string,
    path: string,
    params: Record<string, string | number> = {},
  ): Promise<any> {
    const { status, reason, data } = await this.api(method, path, params);
    if (status !== 200) throw new Error(`${method} ${path}: ${reason}`);
    if (String(data).startsWith('UPID:')) {
      const task = await this.task(data);
      if (task.exitstatus !== 'OK') throw new Error(task.exitstatus);
    }
    return data;
  }

  /** The status of a task that has ended. */
  async task(upid: string): Promise<any> {
    const node = upid.split(':')[1];
    for (let attempt = 0; attempt < 500; attempt++) {
      const { data } = await this.api(
        'GET',
        `/nodes/${node}/tasks/${encodeURIComponent(upid)}/status`,
      );
      if (data.status === 'stopped') return data;
      await new Promise(resolve => setTimeout(resolve, 10));
    }
    throw new Error(`${upid} does not end`);
  }

  /** A control of the lab. */
  async lab(method: string, path: string, body?: unknown): Promise<any> {
    const answer = await this.send(
      method,
      `/__lab/${path}`,
      body === undefined ? '' : JSON.stringify(body),
      'application/json',
    );
    if (answer.status !== 200) {
      throw new Error(`${method} /__lab/${path}: ${answer.text}`);
    }
    return JSON.parse(answer.text);
  }

  fault(fault: FaultRequest): Promise<any> {
    return this.lab('POST', 'faults', fault);
  }

  calls(): Promise<CallRecord[]> {
    return this.lab('GET', 'calls');
  }

  /** Drops idle connections; the client can still be used. */
  close(): void {
    this.#agent.destroy();
  }

  /** A request as it is, for what no well-behaved client sends. */
  send(
    method: string,
    path: string,
    body: string,
    type: string,
  ): Promise<ApiAnswer> {
    return new Promise((resolve, reject) => {
      const sent = request(
        `${this.#endpoint}${path}`,
        {
          method,
          agent: this.#agent,
          headers: {
            ...(this.#authorization
              ? { Authorization: this.#authorization }
              : {}),
            ...(body
              ? {
                  'Content-Type': type,
                  'Content-Length': Buffer.byteLength(body),
                }
              : {}),
          },
        },
        response => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', chunk => (text += chunk));
          response.on('error', reject);
          response.on('end', () => {
            const isJson = text.startsWith('{') || text.startsWith('[');
            resolve({
              status: response.statusCode ?? 0,
              reason: response.statusMessage ?? '',
              text,
              data: isJson ? JSON.parse(text).data : undefined,
            });
          });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }
}
