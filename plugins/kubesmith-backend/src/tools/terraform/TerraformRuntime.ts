import { createHash, randomBytes } from 'node:crypto';
import {
  access,
  chmod,
  copyFile,
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { StepError } from '../../engine/failures';
import { toolEnvironment } from '../process/environment';
import { plainText } from '../process/lines';
import { runShort, type ShortResult } from '../process/runShort';
import type { InterruptPolicy } from '../process/SupervisedRun';

const INIT_TIMEOUT_MS = 300_000;
/** How commands of Terraform are stopped that make no machines: they write state and links, and end soon when asked. */
export const SHORT_INTERRUPT: InterruptPolicy = {
  target: 'process',
  graceMs: 15_000,
};
const LOCK_FILE = '.terraform.lock.hcl';
/**
 * Added to the copy: where the state is becomes a setting of each cluster's `init`. (The flag `-state` is deprecated.) Remote
 * backends write the state every 20 s only, the local one after each machine.
 */
const BACKEND_FILE = 'kubesmith_backend.tf';
const BACKEND = 'terraform {\n  backend "local" {}\n}\n';

/** Where the module comes from and where its copy goes. */
export interface TerraformRuntimeOptions {
  /** Terraform or OpenTofu: a name on PATH, or a path. */
  program: string;
  /** The root module. */
  root: string;
  /** Absolute; the copy is made below it. */
  dataDirectory: string;
  cliConfigFile?: string;
}

/**
 * One read-only copy of the root module for all clusters, in a folder named by its content: an update of the portal never
 * changes the code under a run, and the providers are locked once, by the first `init`.
 */
export class TerraformRuntime {
  readonly program: string;
  readonly #options: TerraformRuntimeOptions;
  #prepared?: Promise<string>;

  constructor(options: TerraformRuntimeOptions) {
    this.program = options.program;
    this.#options = options;
  }

  /** The folder of the copy, made when it is not there yet. */
  async directory(): Promise<string> {
    this.#prepared ??= this.#prepare();
    try {
      return await this.#prepared;
    } catch (error) {
      this.#prepared = undefined; // The next attempt may find what was missing.
      throw error;
    }
  }

  /**
   * Links the providers into one cluster's data folder and says where its state is. Changes nothing in the copy.
   */
  async init(
    cluster: { dataDirectory: string; statePath: string },
    signal?: AbortSignal,
  ): Promise<void> {
    const directory = await this.directory();
    const result = await this.#init(
      directory,
      cluster.dataDirectory,
      [
        '-lockfile=readonly',
        '-reconfigure',
        `-backend-config=path=${cluster.statePath}`,
      ],
      signal,
    );
    if (result.code !== 0) throw setupError(result);
  }

  /** What Terraform needs besides a cluster's own variables. */
  environment(own: Record<string, string | undefined>): Record<string, string> {
    return toolEnvironment({
      TF_CLI_CONFIG_FILE: this.#options.cliConfigFile,
      TF_IN_AUTOMATION: '1',
      TF_INPUT: '0',
      CHECKPOINT_DISABLE: '1',
      ...own,
    });
  }

  async #prepare(): Promise<string> {
    const { dataDirectory, root } = this.#options;
    const parent = join(dataDirectory, 'runtime');
    await mkdir(parent, { recursive: true, mode: 0o700 });
    const files = (await readdir(root))
      .filter(name => /\.tf(\.json)?$/.test(name) || name === LOCK_FILE)
      .sort();
    const target = join(parent, `terraform-${await this.#key(files)}`);
    if (await this.#isUsable(target, parent)) return target;

    const temporary = join(parent, `.making-${randomBytes(6).toString('hex')}`);
    await mkdir(temporary, { mode: 0o700 });
    try {
      for (const name of files)
        await copyFile(join(root, name), join(temporary, name));
      await writeFile(join(temporary, BACKEND_FILE), BACKEND);
      const result = await this.#init(temporary, join(temporary, '.data'), [
        '-backend=false',
      ]);
      if (result.code !== 0) throw setupError(result);
      await rm(join(temporary, '.data'), { recursive: true, force: true });
      for (const name of await readdir(temporary))
        await chmod(join(temporary, name), 0o444);
      await chmod(temporary, 0o555);
      await rm(target, { recursive: true, force: true });
      await rename(temporary, target);
    } catch (error) {
      await chmod(temporary, 0o700).catch(() => {});
      await rm(temporary, { recursive: true, force: true });
      // Another process may have been faster with the same copy.
      if (!(await this.#isUsable(target, parent))) throw error;
    }
    return target;
  }

  async #key(files: string[]): Promise<string> {
    const { root, cliConfigFile } = this.#options;
    const hash = createHash('sha256').update(BACKEND);
    for (const name of files)
      hash.update(`${name}\0`).update(await readFile(join(root, name)));
    const version = await this.#run(['version', '-json'], {
      timeoutMs: 60_000,
    });
    hash.update(version.stdout);
    if (cliConfigFile) hash.update(await readFile(cliConfigFile));
    return hash.digest('hex').slice(0, 16);
  }

  /** Whether a copy is there and its lock file still fits the providers that are installed. */
  async #isUsable(directory: string, parent: string): Promise<boolean> {
    const found = await access(join(directory, LOCK_FILE)).then(
      () => true,
      () => false,
    );
    if (!found) return false;
    const probe = join(parent, `.probe-${randomBytes(6).toString('hex')}`);
    try {
      return (
        (
          await this.#init(directory, probe, [
            '-backend=false',
            '-lockfile=readonly',
          ])
        ).code === 0
      );
    } finally {
      await rm(probe, { recursive: true, force: true });
    }
  }

  async #init(
    directory: string,
    dataDirectory: string,
    options: string[],
    signal?: AbortSignal,
  ): Promise<ShortResult> {
    return this.#run(
      [`-chdir=${directory}`, 'init', '-input=false', '-no-color', ...options],
      {
        timeoutMs: INIT_TIMEOUT_MS,
        dataDirectory,
        signal,
      },
    );
  }

  async #run(
    args: string[],
    options: {
      timeoutMs: number;
      dataDirectory?: string;
      signal?: AbortSignal;
    },
  ): Promise<ShortResult> {
    try {
      return await runShort([this.program, ...args], {
        env: this.environment({
          TF_DATA_DIR: options.dataDirectory,
          HOME: this.#options.dataDirectory,
          // Only `init` may download: it needs the way out that the portal has.
          HTTPS_PROXY: process.env.HTTPS_PROXY,
          NO_PROXY: process.env.NO_PROXY,
        }),
        timeoutMs: options.timeoutMs,
        signal: options.signal,
        interrupt: SHORT_INTERRUPT,
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
        throw new StepError(
          'KUBESMITH-TOOL-MISSING',
          { program: this.program },
          { cause: error },
        );
      }
      throw error;
    }
  }
}

function setupError(result: ShortResult): StepError {
  const reason =
    /Error: (.*)/.exec(result.stderr)?.[1] ||
    result.stderr.trim() ||
    `exit code ${result.code}`;
  return new StepError('KUBESMITH-TERRAFORM-SETUP', {
    detail: plainText(reason, 300),
  });
}
