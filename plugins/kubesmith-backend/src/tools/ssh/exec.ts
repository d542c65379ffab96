import type { Client, ClientChannel } from 'ssh2';
import { StepError } from '../../engine/failures';

/** One account on one machine. */
export interface SshTarget {
  /** Which connections belong together: the cluster's id. */
  clusterId: string;
  /** For messages. */
  nodeName: string;
  host: string;
  user: string;
  /** OpenSSH private key. */
  privateKey: string;
  /** The pinned host key, `type base64`. */
  hostKey: string;
  port?: number;
}

/** What a command said. */
export interface SshResult {
  stdout: string;
  stderr: string;
  code: number;
}

/** Settings of one command. */
export interface SshExecOptions {
  stdin?: string;
  timeoutMs: number;
  /** Per stream; more makes the command fail. Default 16 MiB. */
  maxOutputBytes?: number;
  signal?: AbortSignal;
}

const MAX_OUTPUT = 16 * 1024 * 1024;

/** The server did not open a channel: the command did not run. */
export class ChannelRefused extends Error {}

/** The command said more than it may. */
export class AnswerTooLong extends StepError {
  constructor(target: SshTarget, limit: number) {
    super('KUBESMITH-NODE-UNREACHABLE', {
      node: target.nodeName,
      detail: `its answer is longer than ${limit} bytes`,
    });
  }
}

/** A node that cannot be worked with right now. */
export function unreachable(target: SshTarget, error: Error): StepError {
  return new StepError(
    'KUBESMITH-NODE-UNREACHABLE',
    { node: target.nodeName, detail: error.message },
    { cause: error },
  );
}

type Settle = {
  resolve: (result: SshResult) => void;
  reject: (error: Error) => void;
};

/** One command on one connection: settles once, whichever of its ends comes first. */
class Exec {
  readonly #client: Client;
  readonly #target: SshTarget;
  readonly #options: SshExecOptions;
  readonly #settle: Settle;
  readonly #output: Record<'stdout' | 'stderr', Buffer[]> = {
    stdout: [],
    stderr: [],
  };
  readonly #sizes = { stdout: 0, stderr: 0 };
  #channel?: ClientChannel;
  #timer?: NodeJS.Timeout;
  #code?: number;

  constructor(
    client: Client,
    target: SshTarget,
    options: SshExecOptions,
    settle: Settle,
  ) {
    this.#client = client;
    this.#target = target;
    this.#options = options;
    this.#settle = settle;
  }

  start(command: string): void {
    const { signal, timeoutMs } = this.#options;
    const seconds = Math.round(timeoutMs / 1000);
    this.#timer = setTimeout(
      () => this.#fail(`no answer within ${seconds} s`),
      timeoutMs,
    );
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#client.on('close', this.#onClose);
    try {
      this.#client.exec(command, (error, channel) => {
        if (error) this.#refused(error);
        else this.#follow(channel);
      });
    } catch (error) {
      this.#refused(error as Error);
    }
  }

  #follow(channel: ClientChannel): void {
    this.#channel = channel;
    channel.on('data', (chunk: Buffer) => this.#collect('stdout', chunk));
    channel.stderr.on('data', (chunk: Buffer) =>
      this.#collect('stderr', chunk),
    );
    channel.on('exit', (code: number | null) => {
      this.#code = code ?? 128;
    });
    channel.on('close', () => {
      if (this.#code === undefined) {
        this.#fail('the command ended without an exit code');
        return;
      }
      this.#done();
      this.#settle.resolve({
        code: this.#code,
        stdout: Buffer.concat(this.#output.stdout).toString('utf8'),
        stderr: Buffer.concat(this.#output.stderr).toString('utf8'),
      });
    });
    channel.end(this.#options.stdin ?? '');
  }

  #collect(name: 'stdout' | 'stderr', chunk: Buffer): void {
    const limit = this.#options.maxOutputBytes ?? MAX_OUTPUT;
    this.#sizes[name] += chunk.length;
    if (this.#sizes[name] > limit) {
      this.#abandon(new AnswerTooLong(this.#target, limit));
    } else {
      this.#output[name].push(chunk);
    }
  }

  readonly #onAbort = (): void =>
    this.#abandon(this.#options.signal?.reason as Error);

  readonly #onClose = (): void => this.#fail('the connection was lost');

  #fail(detail: string): void {
    this.#abandon(unreachable(this.#target, new Error(detail)));
  }

  #abandon(error: Error): void {
    this.#done();
    this.#channel?.close();
    this.#settle.reject(error);
  }

  #refused(error: Error): void {
    this.#done();
    this.#settle.reject(new ChannelRefused(error.message, { cause: error }));
  }

  #done(): void {
    clearTimeout(this.#timer);
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#client.off('close', this.#onClose);
  }
}

/** Runs a command on a connection and returns what it said, whatever its exit code. */
export function execOn(
  client: Client,
  target: SshTarget,
  command: string,
  options: SshExecOptions,
): Promise<SshResult> {
  return new Promise((resolve, reject) => {
    const exec = new Exec(client, target, options, { resolve, reject });
    exec.start(command);
  });
}
