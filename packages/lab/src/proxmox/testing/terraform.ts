/** Runs the real Terraform (or OpenTofu) with the real provider on the project's own root module, in a folder of its own. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tokenId } from '../leastPrivilege.ts';
import { TOKEN_SECRET } from './datacenter.ts';
import type { TestDouble } from './double.ts';

export const ROOT_MODULE = fileURLToPath(
  new URL('../../../../../terraform/cluster', import.meta.url),
);

export interface RunResult {
  code: number;
  /** Standard output and error together. */
  output: string;
}

/** Input of the root module, `cluster.tfvars.json`. */
export type Variables = Record<string, any>;

/** The example that the module ships with, for `workers` workers. */
export async function exampleVariables(workers: number): Promise<Variables> {
  const file = join(ROOT_MODULE, 'examples', 'cluster.tfvars.json');
  const variables = JSON.parse(await readFile(file, 'utf8')) as Variables;
  const names = Object.keys(variables.nodes).slice(0, workers + 1);
  variables.nodes = Object.fromEntries(
    names.map(name => [name, variables.nodes[name]]),
  );
  return variables;
}

export class Terraform {
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #binary: string;

  private constructor(folder: string, env: NodeJS.ProcessEnv, binary: string) {
    this.#folder = folder;
    this.#env = env;
    this.#binary = binary;
  }

  /** A copy of the root module, initialised from the provider mirror without a network. */
  static async prepare(double: TestDouble, name: string): Promise<Terraform> {
    const folder = join(double.folder, name);
    await cp(ROOT_MODULE, folder, { recursive: true });
    const terraform = new Terraform(
      folder,
      {
        ...process.env,
        TF_CLI_CONFIG_FILE: cliConfiguration(),
        TF_IN_AUTOMATION: '1',
        CHECKPOINT_DISABLE: '1',
        PROXMOX_VE_ENDPOINT: `${double.endpoint}/`,
        PROXMOX_VE_API_TOKEN: `${tokenId}=${TOKEN_SECRET}`,
        SSL_CERT_FILE: double.certificates.authorityFile,
      },
      await findBinary(),
    );
    const { code, output } = await terraform.run('init', '-input=false');
    if (code !== 0) throw new Error(`terraform init: ${output}`);
    return terraform;
  }

  /** Runs a command to its end, whatever its exit code. */
  run(...args: string[]): Promise<RunResult> {
    return new Promise((resolve, reject) => {
      execFile(
        this.#binary,
        [...args, ...(args[0] === 'fmt' ? [] : ['-no-color'])],
        {
          cwd: this.#folder,
          env: this.#env,
          maxBuffer: 32 * 1024 * 1024,
          timeout: 120_000,
        },
        (error, stdout, stderr) => {
          const output = `${stdout}${stderr}`;
          if (!error) resolve({ code: 0, output });
          else if (typeof error.code === 'number') {
            resolve({ code: error.code, output });
          } else reject(error);
        },
      );
    });
  }

  async #with(variables: Variables, ...args: string[]): Promise<RunResult> {
    await writeFile(
      join(this.#folder, 'cluster.auto.tfvars.json'),
      JSON.stringify(variables),
    );
    return this.run(...args, '-input=false');
  }

  apply(variables: Variables): Promise<RunResult> {
    return this.#with(variables, 'apply', '-auto-approve');
  }

  destroy(variables: Variables): Promise<RunResult> {
    return this.#with(variables, 'destroy', '-auto-approve');
  }

  /** Exit code 0: nothing to do; 2: something to do. */
  plan(variables: Variables): Promise<RunResult> {
    return this.#with(variables, 'plan', '-detailed-exitcode');
  }

  /** What a lost disk does: the state is gone, the machines are not. */
  async loseState(): Promise<void> {
    await rm(join(this.#folder, 'terraform.tfstate'));
  }

  async state(): Promise<string> {
    return readFile(join(this.#folder, 'terraform.tfstate'), 'utf8');
  }

  async output(): Promise<any> {
    const { output } = await this.run('output', '-json');
    return JSON.parse(output);
  }
}

/** The provider comes from the mirror in Kubesmith's cache, which `make setup` fills. */
function cliConfiguration(): string {
  const cache =
    process.env.KUBESMITH_CACHE ??
    join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'kubesmith');
  const file = join(cache, 'terraformrc');
  if (!existsSync(file)) {
    throw new Error(`${file} is missing: run "make setup"`);
  }
  return file;
}

async function findBinary(): Promise<string> {
  for (const name of ['terraform', 'tofu']) {
    for (const folder of (process.env.PATH ?? '').split(':')) {
      if (folder && existsSync(join(folder, name))) return join(folder, name);
    }
  }
  throw new Error(
    'neither terraform nor tofu is on PATH: run "make setup" and ". scripts/env.sh"',
  );
}
