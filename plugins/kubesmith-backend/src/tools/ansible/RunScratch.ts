import {
  mkdir,
  mkdtemp,
  readdir,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { readRecord } from '../../files/readRecord';
import { replaceFile } from '../../files/replaceFile';
import { toolEnvironment } from '../process/environment';
import { runShort } from '../process/runShort';
import { SshAgent } from './SshAgent';

const PREFIX = 'ks-';

/**
 * What exists only while one playbook runs: the key's agent, its socket, the sockets of kept SSH connections and the list of
 * pinned host keys. In a folder with a short name, because the path of a socket may have 108 characters and no more. The
 * run's folder says where it is, so that it is cleared away after a crash too.
 */
export class RunScratch {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async create(options: {
    runDirectory: string;
    privateKey: string;
    knownHosts: string;
    lifetimeSeconds: number;
  }): Promise<RunScratch> {
    const { runDirectory, privateKey, knownHosts, lifetimeSeconds } = options;
    const directory = await mkdtemp(join(tmpdir(), PREFIX));
    const scratch = new RunScratch(directory);
    // Beside the run's folder, which the supervisor's start makes and which must not exist before.
    await replaceFile(recordOf(runDirectory), JSON.stringify({ directory }));
    await writeFile(scratch.knownHostsFile, knownHosts, { mode: 0o600 });
    for (const name of ['cp', 'tmp'])
      await mkdir(join(directory, name), { mode: 0o700 });
    await SshAgent.start({
      socket: scratch.agentSocket,
      record: join(directory, 'agent.json'),
      privateKey,
      lifetimeSeconds,
    });
    return scratch;
  }

  get agentSocket(): string {
    return join(this.directory, 'agent');
  }

  get controlPaths(): string {
    return join(this.directory, 'cp');
  }

  get temporary(): string {
    return join(this.directory, 'tmp');
  }

  get knownHostsFile(): string {
    return join(this.directory, 'known_hosts');
  }

  /**
   * Ends and removes what belongs to a run that is over. Does nothing when that was done already. A record that is damaged
   * leads nowhere and goes: the agent forgets the key by itself, and the folder is one of the system's temporary ones.
   */
  static async clear(runDirectory: string): Promise<void> {
    const record = recordOf(runDirectory);
    const found = await readRecord<{ directory?: unknown }>(record);
    if (found.state === 'none') return;
    const directory = found.state === 'there' ? found.value.directory : '';
    // Only what we made ourselves, whatever the file says.
    if (
      typeof directory === 'string' &&
      basename(directory).startsWith(PREFIX)
    ) {
      await SshAgent.end(join(directory, 'agent.json'));
      const scratch = new RunScratch(directory);
      await scratch.#closeConnections();
      await rm(directory, { recursive: true, force: true });
    }
    await rm(record, { force: true });
  }

  /** Kept connections would otherwise hold processes for another minute. */
  async #closeConnections(): Promise<void> {
    const sockets = await readdir(this.controlPaths).catch(
      () => [] as string[],
    );
    await Promise.all(
      sockets.map(name =>
        runShort(
          [
            'ssh',
            '-F',
            '/dev/null',
            '-o',
            `ControlPath=${join(this.controlPaths, name)}`,
            '-O',
            'exit',
            'node',
          ],
          {
            env: toolEnvironment({}),
            timeoutMs: 5000,
          },
        ).catch(() => undefined),
      ),
    );
  }
}

function recordOf(runDirectory: string): string {
  return `${runDirectory}.scratch.json`;
}
