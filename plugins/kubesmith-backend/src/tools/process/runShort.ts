import { type ChildProcess, spawn } from 'node:child_process';
import { assertStillOurs } from '../../engine/stop';
import type { InterruptPolicy } from './SupervisedRun';

/** What a short command said. */
export interface ShortResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Settings of {@link runShort}. */
export interface ShortOptions {
  /** The whole environment: nothing is inherited. */
  env: Record<string, string>;
  cwd?: string;
  stdin?: string;
  timeoutMs: number;
  signal?: AbortSignal;
  maxOutputBytes?: number;
  /** How it is asked to stop. Without: it is killed at once, for it changes nothing that could be left half done. */
  interrupt?: InterruptPolicy;
}

/**
 * Runs a command of seconds that changes nothing which must survive us, without a shell. It is stopped at the timeout. Rejects
 * when it cannot be started, when it ran out of time, or when `signal` is aborted or its lease is over.
 */
export async function runShort(
  argv: string[],
  options: ShortOptions,
): Promise<ShortResult> {
  assertStillOurs(options.signal);
  const limit = options.maxOutputBytes ?? 4 * 1024 * 1024;
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0], argv.slice(1), {
      cwd: options.cwd,
      env: options.env,
      stdio: 'pipe',
      // A group of its own can be killed as a whole; a Ctrl-C in the backend's terminal does not reach it.
      detached: options.interrupt !== undefined,
    });
    const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    const sizes = { stdout: 0, stderr: 0 };
    let problem: Error | undefined;
    let killing: NodeJS.Timeout | undefined;
    const stop = (error: Error) => {
      if (problem) return; // Once: a second SIGINT makes Terraform give up what it holds.
      problem = error;
      killing = stopShort(child, options.interrupt);
    };
    const timer = setTimeout(
      () =>
        stop(
          new Error(`'${argv[0]}' did not end within ${options.timeoutMs} ms`),
        ),
      options.timeoutMs,
    );
    const onAbort = () => stop(options.signal?.reason as Error);
    options.signal?.addEventListener('abort', onAbort, { once: true });
    const done = () => {
      clearTimeout(timer);
      clearTimeout(killing);
      options.signal?.removeEventListener('abort', onAbort);
    };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (chunk: Buffer) => {
        if (sizes[name] < limit)
          chunks[name].push(chunk.subarray(0, limit - sizes[name]));
        sizes[name] += chunk.length;
      });
    }
    child.on('error', error => {
      done();
      reject(error);
    });
    child.on('close', code => {
      done();
      if (problem) reject(problem);
      else
        resolve({
          code,
          stdout: Buffer.concat(chunks.stdout).toString('utf8'),
          stderr: Buffer.concat(chunks.stderr).toString('utf8'),
        });
    });
    child.stdin.on('error', () => {}); // A command may end without reading what it is given.
    child.stdin.end(options.stdin ?? '');
  });
}

function stopShort(
  child: ChildProcess,
  interrupt: InterruptPolicy | undefined,
): NodeJS.Timeout | undefined {
  if (!interrupt || child.pid === undefined) {
    child.kill('SIGKILL');
    return undefined;
  }
  const { pid } = child;
  sendQuietly(interrupt.target === 'group' ? -pid : pid, 'SIGINT');
  return setTimeout(() => sendQuietly(-pid, 'SIGKILL'), interrupt.graceMs);
}

function sendQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended in between, which is what was wanted.
  }
}
