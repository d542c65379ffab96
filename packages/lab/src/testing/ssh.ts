import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Instance } from '../instance/Instance.ts';
import { inNamespace } from '../instance/namespace.ts';
import { CommandFailed, run } from '../system/run.ts';
import { waitFor } from '../system/wait.ts';

/** An SSH key pair in a folder of its own. */
export class SshKey {
  readonly folder: string;
  readonly publicKey: string;

  private constructor(folder: string, publicKey: string) {
    this.folder = folder;
    this.publicKey = publicKey;
  }

  static async generate(): Promise<SshKey> {
    const folder = await mkdtemp(join(tmpdir(), 'kubesmith-ssh-'));
    await run([
      'ssh-keygen',
      '-q',
      '-t',
      'ed25519',
      '-N',
      '',
      '-C',
      'test',
      '-f',
      join(folder, 'key'),
    ]);
    return new SshKey(
      folder,
      (await readFile(join(folder, 'key.pub'), 'utf8')).trim(),
    );
  }

  get file(): string {
    return join(this.folder, 'key');
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true });
  }
}

/**
 * Runs a command on a host as the user kubesmith and resolves with its output.
 *
 * @throws CommandFailed, with exit code 255 if the login itself fails
 */
export async function ssh(
  instance: Instance,
  address: string,
  key: SshKey,
  command: string,
): Promise<string> {
  const [program, ...args] = inNamespace(instance, [
    ...[
      'ssh',
      '-i',
      key.file,
      '-o',
      'IdentitiesOnly=yes',
      '-o',
      'BatchMode=yes',
      '-o',
      'ConnectTimeout=2',
    ],
    ...[
      '-o',
      'StrictHostKeyChecking=no',
      '-o',
      'UserKnownHostsFile=/dev/null',
      '-o',
      'LogLevel=ERROR',
    ],
    `kubesmith@${address}`,
    command,
  ]);
  return (await run([program!, ...args])).toString().trim();
}

/** The same, again and again while nothing answers, for at most half a minute. */
export async function sshWhenUp(
  instance: Instance,
  address: string,
  key: SshKey,
  command: string,
): Promise<string> {
  let problem: unknown;
  const output = await waitFor(
    async () => {
      try {
        return { text: await ssh(instance, address, key, command) };
      } catch (error) {
        if (!(error instanceof CommandFailed)) throw error;
        problem = error;
        return undefined;
      }
    },
    { timeoutMs: 30_000, intervalMs: 100 },
  );
  if (!output) throw problem;
  return output.text;
}
