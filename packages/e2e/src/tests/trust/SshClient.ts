import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInLab, type Outcome } from '../../inLab.ts';
import type { Setting } from '../Setting.ts';

/** The account that Ansible uses. */
export const NODE_USER = 'kubesmith';
/** The account behind kubectl's gate. */
export const KUBECTL_USER = 'kubesmith-kubectl';

/** OpenSSH's programs with one private key, in the lab's network. */
export class SshClient {
  readonly #setting: Setting;
  readonly #folder: string;

  private constructor(setting: Setting, folder: string) {
    this.#setting = setting;
    this.#folder = folder;
  }

  static async with(setting: Setting, privateKey: string): Promise<SshClient> {
    const folder = await mkdtemp(join(tmpdir(), 'kubesmith-trust-'));
    const client = new SshClient(setting, folder);
    await writeFile(client.#key, `${privateKey.trim()}\n`, { mode: 0o600 });
    return client;
  }

  /** Runs `ssh`, `scp` or `sftp`; `arguments_` come after the options that every call has. */
  async run(
    program: 'ssh' | 'scp' | 'sftp',
    arguments_: string[],
    options: { input?: string } = {},
  ): Promise<Outcome> {
    const settings = {
      BatchMode: 'yes',
      ConnectTimeout: '5',
      ControlPath: 'none',
      IdentitiesOnly: 'yes',
      IdentityFile: this.#key,
      StrictHostKeyChecking: 'no',
      UserKnownHostsFile: '/dev/null',
    };
    return await runInLab(
      this.#setting.instance,
      [
        program,
        '-F',
        '/dev/null',
        ...Object.entries(settings).flatMap(([name, value]) => [
          '-o',
          `${name}=${value}`,
        ]),
        ...arguments_,
      ],
      { ...options, mayFail: true, timeoutMs: 30_000 },
    );
  }

  /** What a command says that is run on a machine as Ansible's account. */
  async say(address: string, command: string): Promise<string> {
    const done = await this.run('ssh', [`${NODE_USER}@${address}`, command]);
    if (done.code !== 0)
      throw new Error(`${command} ended with ${done.code}: ${done.stderr}`);
    return done.stdout.trim();
  }

  async forget(): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }

  get #key(): string {
    return join(this.#folder, 'key');
  }
}
