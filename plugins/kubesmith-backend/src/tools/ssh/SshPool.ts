import { Client, type ClientChannel } from 'ssh2';
import { StepError } from '../../engine/failures';
import { isPinnedKey } from './hostKey';

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

const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_MS = 60_000;
const MAX_OUTPUT = 16 * 1024 * 1024;

interface Entry {
  client: Promise<Client>;
  users: number;
  idle?: NodeJS.Timeout;
}

/**
 * SSH connections that are kept for a minute and shared: a new one per command costs seventy times as much. Only the pinned
 * host key is accepted.
 */
export class SshPool {
  readonly #entries = new Map<string, Entry>();

  /** Runs a command and returns what it said, whatever its exit code. Fails with a {@link StepError} on the way to it. */
  async exec(
    target: SshTarget,
    command: string,
    options: SshExecOptions,
  ): Promise<SshResult> {
    options.signal?.throwIfAborted();
    const key = JSON.stringify([
      target.clusterId,
      target.user,
      target.host,
      target.port ?? 22,
      target.hostKey,
    ]);
    for (let attempt = 1; ; attempt++) {
      const entry = this.#acquire(key, target);
      let client: Client;
      try {
        client = await entry.client;
      } catch (error) {
        this.#drop(key, entry);
        throw error;
      }
      try {
        return await execOn(client, target, command, options);
      } catch (error) {
        // A kept connection may have died without a word; the channel was not opened, so nothing ran.
        const stale = error instanceof ChannelRefused;
        if (stale) this.#drop(key, entry);
        if (!stale || attempt > 1)
          throw stale ? unreachable(target, error) : error;
      } finally {
        this.#release(key, entry);
      }
    }
  }

  /** Ends the connections of one cluster. */
  closeCluster(clusterId: string): void {
    for (const [key, entry] of this.#entries) {
      if (JSON.parse(key)[0] === clusterId) this.#drop(key, entry);
    }
  }

  /** Ends all connections. */
  close(): void {
    for (const [key, entry] of this.#entries) this.#drop(key, entry);
  }

  #acquire(key: string, target: SshTarget): Entry {
    let entry = this.#entries.get(key);
    if (!entry) {
      const created: Entry = {
        users: 0,
        client: connect(target, () => this.#drop(key, created)),
      };
      created.client.catch(() => {}); // Its users see it.
      this.#entries.set(key, created);
      entry = created;
    }
    clearTimeout(entry.idle);
    entry.users++;
    return entry;
  }

  #release(key: string, entry: Entry): void {
    entry.users--;
    if (entry.users > 0) return;
    entry.idle = setTimeout(() => this.#drop(key, entry), IDLE_MS);
    entry.idle.unref();
  }

  #drop(key: string, entry: Entry): void {
    clearTimeout(entry.idle);
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
    entry.client.then(
      client => client.end(),
      () => {},
    );
  }
}

/** The server did not open a channel: the command did not run. */
class ChannelRefused extends Error {}

function unreachable(target: SshTarget, error: Error): StepError {
  return new StepError(
    'KUBESMITH-NODE-UNREACHABLE',
    { node: target.nodeName, detail: error.message },
    { cause: error },
  );
}

function connect(target: SshTarget, onEnd: () => void): Promise<Client> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    let mismatch = false;
    client.on('ready', () => {
      // Without it each command waits 40 ms for Nagle and the delayed acknowledgement.
      client.setNoDelay(true);
      resolve(client);
    });
    client.on('error', error => {
      reject(
        mismatch
          ? new StepError(
              'KUBESMITH-HOSTKEY-MISMATCH',
              { node: target.nodeName },
              { cause: error },
            )
          : unreachable(target, error),
      );
      onEnd();
    });
    client.on('close', () => {
      reject(unreachable(target, new Error('the connection was closed')));
      onEnd();
    });
    try {
      client.connect({
        host: target.host,
        port: target.port ?? 22,
        username: target.user,
        privateKey: target.privateKey,
        readyTimeout: CONNECT_TIMEOUT_MS,
        keepaliveInterval: 10_000,
        keepaliveCountMax: 3,
        algorithms: {
          serverHostKey: [target.hostKey.split(' ')[0] as 'ssh-ed25519'],
        },
        hostVerifier: (shown: Buffer) => {
          const accepted = isPinnedKey(target.hostKey, shown);
          mismatch = !accepted;
          return accepted;
        },
      });
    } catch (error) {
      reject(error as Error); // A private key that cannot be read.
    }
  });
}

function execOn(
  client: Client,
  target: SshTarget,
  command: string,
  options: SshExecOptions,
): Promise<SshResult> {
  const limit = options.maxOutputBytes ?? MAX_OUTPUT;
  return new Promise((resolve, reject) => {
    let channel: ClientChannel | undefined;
    let code: number | undefined;
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    const sizes = { stdout: 0, stderr: 0 };

    const finish = (act: () => void) => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
      client.off('close', onClose);
      act();
    };
    const fail = (error: Error) =>
      finish(() => {
        channel?.close();
        reject(error);
      });
    const timer = setTimeout(
      () =>
        fail(
          unreachable(
            target,
            new Error(
              `no answer within ${Math.round(options.timeoutMs / 1000)} s`,
            ),
          ),
        ),
      options.timeoutMs,
    );
    const onAbort = () => fail(options.signal?.reason as Error);
    const onClose = () =>
      fail(unreachable(target, new Error('the connection was lost')));
    options.signal?.addEventListener('abort', onAbort, { once: true });
    client.on('close', onClose);

    const collect = (name: 'stdout' | 'stderr') => (chunk: Buffer) => {
      sizes[name] += chunk.length;
      if (sizes[name] > limit) {
        fail(
          unreachable(
            target,
            new Error(`its answer is longer than ${limit} bytes`),
          ),
        );
      } else {
        output[name].push(chunk);
      }
    };
    const onChannel = (error: Error | undefined, opened: ClientChannel) => {
      if (error) {
        finish(() =>
          reject(new ChannelRefused(error.message, { cause: error })),
        );
        return;
      }
      channel = opened;
      opened.on('data', collect('stdout'));
      opened.stderr.on('data', collect('stderr'));
      opened.on('exit', (value: number | null) => {
        code = value ?? 128;
      });
      opened.on('close', () =>
        finish(() => {
          if (code === undefined) {
            reject(
              unreachable(
                target,
                new Error('the command ended without an exit code'),
              ),
            );
            return;
          }
          resolve({
            code,
            stdout: Buffer.concat(output.stdout).toString('utf8'),
            stderr: Buffer.concat(output.stderr).toString('utf8'),
          });
        }),
      );
      opened.end(options.stdin ?? '');
    };
    try {
      client.exec(command, onChannel);
    } catch (error) {
      finish(() =>
        reject(new ChannelRefused((error as Error).message, { cause: error })),
      );
    }
  });
}
