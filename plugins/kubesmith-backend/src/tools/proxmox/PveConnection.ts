import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { assertStillOurs } from '../../engine/stop';
import { asObject, text } from './answers';
import { classifyAnswer, PveError } from './PveError';

/** How to reach Proxmox VE. */
export interface PveConnectionOptions {
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

/** Of a call, in the query or in the body; undefined ones are left out. */
export type PveParameters = Record<string, string | number | undefined>;

/** Settings of one call. `attempts`: how often a GET is made at most. */
export type PveCallOptions = { signal?: AbortSignal; attempts?: number };

/** Proxmox closes idle connections after a few seconds; ours must be the first to let go. */
const KEEP_ALIVE_MS = 4000;
const GET_ATTEMPTS = 3;
const RETRY_MS = 300;
const MAX_MESSAGE = 500;
/** Answers hold what guests say, through their agents. The longest true one, all machines of a large site, has 1 or 2 MiB. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

function encode(parameters: PveParameters): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) search.append(name, String(value));
  }
  return search.toString();
}

/**
 * Calls of the Proxmox VE API. GETs are repeated when the connection fails; what changes something never is: its outcome is
 * asked for instead. Every failure is a {@link PveError}.
 */
export class PveConnection {
  readonly #pool: Pool;
  readonly #authorization: string;

  private constructor(pool: Pool, authorization: string) {
    this.#pool = pool;
    this.#authorization = authorization;
  }

  /** Reads the CA and prepares connections; none is made yet. */
  static async create(options: PveConnectionOptions): Promise<PveConnection> {
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
    return new PveConnection(
      pool,
      `PVEAPIToken=${options.tokenId}=${options.tokenSecret}`,
    );
  }

  /** Waits for calls under way, then closes all connections. */
  async close(): Promise<void> {
    await this.#pool.close();
  }

  /** The data of a GET. */
  async get(
    path: string,
    parameters: PveParameters,
    options: PveCallOptions = {},
  ): Promise<unknown> {
    const attempts = options.attempts ?? GET_ATTEMPTS;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.call('GET', path, parameters, options);
      } catch (error) {
        const repeat =
          error instanceof PveError &&
          (error.status === undefined || error.status >= 590);
        if (!repeat || attempt >= attempts) throw error;
        await delay(RETRY_MS * attempt, undefined, { signal: options.signal });
      }
    }
  }

  /** The data of a call that is made once. */
  async call(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    parameters: PveParameters,
    options: PveCallOptions = {},
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
