/**
 * Imitates pveproxy's JSON API over HTTPS (pve-http-server `AnyEvent.pm`, `Formatter/Standard.pm`): authentication, order of
 * checks, status lines, bodies. Left out: tickets and CSRF, HTML and extjs formats, HTTP/2, TLS below 1.3, file transfers.
 */
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostDriver } from '../hosts/types.ts';
import { Access } from './access.ts';
import { CallLog } from './callLog.ts';
import { reachHost, type Context } from './context.ts';
import { failure, messageOf, PveError } from './errors.ts';
import { Faults, isTaskFault, type Effect, type Fault } from './faults.ts';
import type { ProxmoxDoubleConfig } from './options.ts';
import { isOwnAddress } from './ownAddress.ts';
import { mergeParams, Router, type ApiCall } from './router.ts';
import { agentRoutes } from './routes/agent.ts';
import { bridgeRoutes } from './routes/bridges.ts';
import { cloneRoutes } from './routes/clone.ts';
import { clusterRoutes } from './routes/cluster.ts';
import { configRoutes } from './routes/config.ts';
import { addStranger, labControl } from './routes/lab.ts';
import { poolRoutes } from './routes/pools.ts';
import { powerRoutes } from './routes/power.ts';
import { snapshotRoutes } from './routes/snapshot.ts';
import { storageRoutes } from './routes/storage.ts';
import { taskRoutes } from './routes/tasks.ts';
import { State } from './state.ts';
import { Tasks } from './tasks.ts';

const API = '/api2/json';
const LAB = '/__lab/';
const MAX_BODY_BYTES = 1024 * 1024;
const UNAUTHORIZED_DELAY_MS = 3000;

/** A running double. */
export interface ProxmoxDouble {
  /** `https://HOST:PORT`, without the path of the API. */
  endpoint: string;
  /** Interrupts running tasks, closes all connections and the log. The hosts below go on running. */
  close(): Promise<void>;
}

/** Starts a double. Rejects when the port is taken, or the configuration contradicts itself. */
export async function startProxmoxDouble(
  options: ProxmoxDoubleConfig & { driver: HostDriver },
): Promise<ProxmoxDouble> {
  const { driver, ...config } = options;
  const state = new State(config);
  const context: Context = {
    config,
    driver,
    state,
    tasks: new Tasks(state, config.taskDurations),
    access: new Access(config.access, state),
    faults: new Faults(),
    calls: new CallLog(config.callLogFile),
    hostsDown: new Set(),
  };
  const router = createRouter(context);
  const server = createServer(
    {
      key: config.tls.key,
      cert: config.tls.cert,
      minVersion: 'TLSv1.3',
      // With Nagle's algorithm on, each call takes 40 ms.
      noDelay: true,
    },
    (request, response) => {
      serve(context, router, request, response).catch(error => {
        process.stderr.write(`proxmox double: ${error?.stack ?? error}\n`);
        request.destroy();
      });
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.listen.port, config.listen.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `https://${config.listen.host}:${port}`,
    close: async () => {
      const closed = new Promise(resolve => server.close(resolve));
      server.closeAllConnections();
      await context.tasks.close();
      await closed;
      await context.calls.close();
    },
  };
}

/** All calls that the double answers. */
export function createRouter(context: Context): Router {
  const router = new Router();
  clusterRoutes(router, context);
  bridgeRoutes(router, context);
  poolRoutes(router, context);
  storageRoutes(router, context);
  taskRoutes(router, context);
  cloneRoutes(router, context);
  configRoutes(router, context);
  powerRoutes(router, context);
  snapshotRoutes(router, context);
  agentRoutes(router, context);
  return router;
}

async function serve(
  context: Context,
  router: Router,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://double.invalid');
  const body = await readBody(request);
  if (url.pathname.startsWith(LAB)) {
    await serveLab(context, request, response, url, body);
    return;
  }
  // The host that is being talked to is the first one: when it is down, nobody answers at all.
  if (context.hostsDown.has(context.config.hosts[0]!.name)) {
    request.socket.destroy();
    return;
  }
  const begun = performance.now();
  const method = request.method ?? 'GET';
  const path = url.pathname.startsWith(`${API}/`)
    ? url.pathname.slice(API.length)
    : url.pathname;
  const time = new Date().toISOString();
  let params: [string, string][] = [...url.searchParams];
  let user: string | undefined;
  let fault: Fault | undefined;
  let status = 200;
  let message: string | undefined;
  try {
    user = context.access.authenticate(request.headers.authorization);
    if ((method === 'GET' || method === 'DELETE') && body !== '') {
      throw new PveError(501, `Unexpected content for method '${method}'`);
    }
    params = [...params, ...formOf(request.headers['content-type'], body)];
    fault = context.faults.take(method, path);
    const data = await answer(
      context,
      router,
      { method, path, params, user },
      fault?.effect,
    );
    if (data === CUT) {
      status = 0;
      request.socket.destroy();
    } else {
      send(response, 200, 'OK', { data: data ?? null });
    }
  } catch (error) {
    const refusal =
      error instanceof PveError ? error : failure(messageOf(error));
    if (!(error instanceof PveError)) {
      process.stderr.write(
        `proxmox double: ${method} ${path}: ${(error as Error)?.stack}\n`,
      );
    }
    ({ status, message } = refusal);
    if (status === 401) {
      await sleep(context.config.unauthorizedDelayMs ?? UNAUTHORIZED_DELAY_MS);
    }
    // Neither authentication nor the proxy to another host speaks JSON.
    const bare = status === 401 || status >= 595;
    send(
      response,
      status,
      message,
      bare
        ? undefined
        : {
            data: null,
            message: `${message}\n`,
            ...(refusal.errors ? { errors: refusal.errors } : {}),
          },
    );
  } finally {
    context.calls.add({
      time,
      method,
      path,
      params: Object.fromEntries(params),
      ms: Math.round((performance.now() - begun) * 10) / 10,
      status,
      ...(user ? { user } : {}),
      ...(message ? { message } : {}),
      ...(fault ? { fault: fault.id } : {}),
    });
  }
}

/** In place of data: the connection is to be cut. */
const CUT = Symbol('cut');

async function answer(
  context: Context,
  router: Router,
  request: {
    method: string;
    path: string;
    params: [string, string][];
    user: string;
  },
  effect: Effect | undefined,
): Promise<unknown> {
  const { method, path, user } = request;
  if (effect?.kind === 'drop-before') return CUT;
  if (effect?.kind === 'status') {
    throw new PveError(effect.status, effect.message);
  }
  if (effect?.kind === 'delay') await sleep(effect.ms);
  const { route, params: ofPath } = router.match(method, path);
  const params = mergeParams(ofPath, request.params);
  context.access.enforce(route.check, user, params);
  if (params.node !== undefined) reachHost(context, params.node);
  if (effect?.kind === 'lock-timeout') {
    throw failure(
      `can't lock file '/var/lock/qemu-server/lock-${params.vmid}.conf' - got timeout`,
    );
  }
  if (effect?.kind === 'vmid-taken') {
    addStranger(context, { vmid: Number(params.newid) });
  }
  const call: ApiCall = { params, user };
  if (effect && isTaskFault(effect)) call.taskFault = effect;
  const data = await route.handler(call);
  return effect?.kind === 'drop-after' ? CUT : data;
}

async function serveLab(
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  body: string,
): Promise<void> {
  // Nodes have addresses of their own on the same network, and must not reach this.
  const caller = request.socket.remoteAddress;
  if (!caller || !(await isOwnAddress(caller))) {
    send(response, 403, 'Only from the same machine', undefined);
    return;
  }
  try {
    const result = await labControl(context, {
      method: request.method ?? 'GET',
      segments: url.pathname.slice(LAB.length).split('/'),
      query: url.searchParams,
      body: body === '' ? undefined : JSON.parse(body),
    });
    if (result === undefined) send(response, 404, 'Not Found', undefined);
    else send(response, 200, 'OK', result);
  } catch (error) {
    send(response, 400, 'Bad Request', { message: messageOf(error) });
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('request body too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function formOf(type: string | undefined, body: string): [string, string][] {
  if (body === '') return [];
  if (type?.startsWith('application/json')) {
    let parsed: unknown;
    try {
      parsed = JSON.parse(body);
    } catch {
      throw new PveError(400, 'malformed JSON');
    }
    return Object.entries(parsed as object).map(([name, value]) => [
      name,
      String(value),
    ]);
  }
  return [...new URLSearchParams(body)];
}

function send(
  response: ServerResponse,
  status: number,
  reason: string,
  body: unknown,
): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  // The message is the reason phrase, where only Latin-1 without control characters may stand.
  const phrase = reason.split('\n')[0]!.replace(/[^\x20-\x7e]/g, '?');
  response.writeHead(status, phrase, {
    'Content-Type': 'application/json;charset=UTF-8',
    'Content-Length': Buffer.byteLength(text),
    Server: 'pve-api-daemon/3.0',
  });
  response.end(text);
}
