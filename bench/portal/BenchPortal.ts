import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { mockCredentials } from '@backstage/backend-test-utils';
import type { PortalQuestion, PortalSettings, Turn } from './settings';

const ROOT = resolve(__dirname, '../..');

/** One process of portal.ts, seen from the bench. */
export class BenchPortal {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #port: number;

  private constructor(
    child: ChildProcess,
    lines: AsyncIterator<string>,
    port: number,
  ) {
    this.#child = child;
    this.pid = child.pid!;
    this.#lines = lines;
    this.#port = port;
  }

  static async start(settings: PortalSettings): Promise<BenchPortal> {
    const child = spawn(
      process.execPath,
      [
        '--import',
        '@backstage/cli/config/nodeTransform.cjs',
        join(__dirname, 'portal.ts'),
        JSON.stringify(settings),
      ],
      {
        cwd: ROOT,
        stdio: ['pipe', 'pipe', 'inherit'],
        // Production would refuse sign-in that is taken at its word.
        env: { ...process.env, NODE_ENV: 'development' },
      },
    );
    const lines = answersOf(child);
    const { port } = await next(lines);
    return new BenchPortal(child, lines, port as number);
  }

  /** One turn of a scheduled task. */
  async turn(task: string): Promise<Turn> {
    return this.#ask({ ask: 'turn', task });
  }

  /** The catalog takes one changed cluster in. */
  async delta(clusterId: string): Promise<Turn> {
    return this.#ask({ ask: 'delta', clusterId });
  }

  /** How long the event loop was held up since this was last asked, ms. */
  async eventLoop(): Promise<{ p99: number; most: number }> {
    return this.#ask({ ask: 'eventLoop' });
  }

  /** Its memory, bytes. */
  async memory(): Promise<number> {
    return (await this.#ask<{ rss: number }>({ ask: 'memory' })).rss;
  }

  /**
   * Asks the API, as a user by the user's ref or as another plugin.
   *
   * @param path - below `/api`
   * @throws Error for an answer that is no success
   */
  async call<T = any>(
    path: string,
    options: { as?: string; body?: object; method?: string } = {},
  ): Promise<T> {
    const { as, body, method = body ? 'POST' : 'GET' } = options;
    const answer = await fetch(`http://127.0.0.1:${this.#port}/api${path}`, {
      method,
      headers: {
        authorization: as
          ? mockCredentials.user.header(as)
          : mockCredentials.service.header(),
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok)
      throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }

  /** Ends it at once, as a crash does. */
  async kill(): Promise<void> {
    await this.#end(() => this.#child.kill('SIGKILL'));
  }

  async stop(): Promise<void> {
    await this.#end(() => this.#child.stdin!.end());
  }

  async #end(how: () => void): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null)
      return;
    const ended = once(this.#child, 'exit');
    how();
    await ended;
  }

  async #ask<T>(question: PortalQuestion): Promise<T> {
    this.#child.stdin!.write(`${JSON.stringify(question)}\n`);
    return (await next(this.#lines)) as T;
  }
}

/** The lines of JSON that it prints; others are of libraries. */
async function* answersOf(child: ChildProcess): AsyncGenerator<string> {
  for await (const line of createInterface(child.stdout!))
    if (line.startsWith('{')) yield line;
}

async function next(
  lines: AsyncIterator<string>,
): Promise<Record<string, unknown>> {
  const { done, value } = await lines.next();
  if (done) throw new Error('The portal ended before it answered');
  const answer = JSON.parse(value);
  if (answer.error) throw new Error(`The portal failed: ${answer.error}`);
  return answer;
}
