import { Client } from 'ssh2';
import { StepError } from '../../engine/failures';
import {
  AnswerTooLong,
  ChannelRefused,
  execOn,
  type SshExecOptions,
  type SshResult,
  type SshTarget,
  unreachable,
} from './exec';
import { isPinnedKey } from './hostKey';

const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_MS = 60_000;

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
  readonly #connectTimeoutMs: number;

  /** @param options.connectTimeoutMs - for all until commands can be run, default 10 s */
  constructor(options: { connectTimeoutMs?: number } = {}) {
    this.#connectTimeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  }

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
        // Closing the channel is a request only; who has sent too much may go on sending.
        if (error instanceof AnswerTooLong) client.destroy();
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
        client: connect(target, this.#connectTimeoutMs, () =>
          this.#drop(key, created),
        ),
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

function connect(
  target: SshTarget,
  timeoutMs: number,
  onEnd: () => void,
): Promise<Client> {
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
        readyTimeout: timeoutMs,
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
