import { spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { readRecord } from '../../files/readRecord';
import { replaceFile } from '../../files/replaceFile';
import { toolEnvironment } from '../process/environment';
import {
  isAlive,
  type ProcessIdentity,
  signalProcess,
  startTimeOf,
} from '../process/identity';
import { runShort } from '../process/runShort';

const START_LIMIT_MS = 5000;
const STOP_LIMIT_MS = 2000;

/**
 * An ssh-agent that lives as long as one run of Ansible: the private key is only ever in its memory. Its pid is recorded
 * before it gets the key, so that it is found and ended also after a crash of ours; the key has a time limit besides.
 */
export class SshAgent {
  readonly socket: string;
  readonly #record: string;

  private constructor(socket: string, record: string) {
    this.socket = socket;
    this.#record = record;
  }

  /** @param socket - at most 100 characters, in a folder of ours */
  static async start(options: {
    socket: string;
    /** File that the pid is written to. */
    record: string;
    privateKey: string;
    lifetimeSeconds: number;
  }): Promise<SshAgent> {
    const { socket, record, privateKey, lifetimeSeconds } = options;
    const process = spawn('ssh-agent', ['-D', '-a', socket], {
      detached: true,
      stdio: 'ignore',
      env: toolEnvironment({}),
    });
    const failed = new Promise<never>((_, reject) =>
      process.once('error', reject),
    );
    failed.catch(() => {});
    process.unref();
    if (process.pid === undefined) await failed;
    const identity: ProcessIdentity = {
      pid: process.pid!,
      startTime: (await startTimeOf(process.pid!)) ?? null,
    };
    await replaceFile(record, JSON.stringify(identity));
    const agent = new SshAgent(socket, record);
    try {
      await agent.#listening(identity);
      const added = await runShort(
        ['ssh-add', '-q', '-t', String(lifetimeSeconds), '-'],
        {
          env: toolEnvironment({ SSH_AUTH_SOCK: socket }),
          stdin: privateKey.endsWith('\n') ? privateKey : `${privateKey}\n`,
          timeoutMs: 10_000,
        },
      );
      if (added.code !== 0)
        throw new Error(
          `ssh-add refused the cluster's key (exit code ${added.code})`,
        );
    } catch (error) {
      await SshAgent.end(record);
      throw error;
    }
    return agent;
  }

  /** Ends the agent that was recorded in a file, if it still runs. One whose record is damaged forgets its key by itself. */
  static async end(record: string): Promise<void> {
    const found = await readRecord<ProcessIdentity>(record);
    if (found.state !== 'there') return;
    const identity = found.value;
    await signalProcess(identity, 'SIGTERM');
    const deadline = performance.now() + STOP_LIMIT_MS;
    while (await isAlive(identity)) {
      if (performance.now() > deadline) {
        await signalProcess(identity, 'SIGKILL');
        return;
      }
      await delay(20);
    }
  }

  /** Ends this agent. */
  async end(): Promise<void> {
    await SshAgent.end(this.#record);
  }

  async #listening(identity: ProcessIdentity): Promise<void> {
    const deadline = performance.now() + START_LIMIT_MS;
    for (;;) {
      const there = await access(this.socket).then(
        () => true,
        () => false,
      );
      if (there) return;
      if (performance.now() > deadline || !(await isAlive(identity)))
        throw new Error('ssh-agent did not start');
      await delay(10);
    }
  }
}
