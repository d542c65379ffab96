import { mkdir, readFile, rename, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StepError } from '../../engine/failures';
import { followRun } from '../process/followRun';
import { plainText } from '../process/lines';
import { newRunDirectory, pruneRuns } from '../process/runDirectory';
import { runShort } from '../process/runShort';
import { SupervisedRun } from '../process/SupervisedRun';
import { classifyDiagnostic, diagnoseTerraform } from './diagnose';
import { nodeAddress, parseTerraformLine, type TerraformEvent } from './events';
import { readState, type TerraformState } from './state';
import type { TerraformRuntime } from './TerraformRuntime';

/** How Terraform's provider reaches Proxmox. Goes into the environment only. */
export interface TerraformCredentials {
  endpoint: string;
  tokenId: string;
  tokenSecret: string;
  caFile?: string;
}

/** Settings of one run. */
export interface TerraformRunOptions {
  variables: Record<string, unknown>;
  signal: AbortSignal;
  /** `replayed` events come from a run that was taken up again and may have been seen before. */
  onEvent?: (event: TerraformEvent, replayed: boolean) => void;
}

/** As long as a clone and a start may take: until then Terraform finishes what it began. */
const GRACE_MS = (600 + 300) * 1000;
const RUN_TIMEOUT_MS = 60 * 60 * 1000;
const SHORT_TIMEOUT_MS = 180_000;
/** A full disk truncates the state file. */
const LEAST_FREE_BYTES = 64 * 1024 * 1024;
const STDERR_LINES = 20;
/** Another run of ours may be about to end. */
const LOCK_TIMEOUT = '-lock-timeout=20s';

/** One cluster's Terraform: its variables, state and runs, in a folder that only we can read. */
export class TerraformWorkspace {
  readonly directory: string;
  readonly #runtime: TerraformRuntime;
  readonly #credentials: TerraformCredentials;

  constructor(options: {
    directory: string;
    runtime: TerraformRuntime;
    credentials: TerraformCredentials;
  }) {
    this.directory = options.directory;
    this.#runtime = options.runtime;
    this.#credentials = options.credentials;
  }

  get #runs(): string {
    return join(this.directory, 'terraform-runs');
  }

  get #statePath(): string {
    return join(this.directory, 'terraform.tfstate');
  }

  /** What the state knows. A broken state file is put aside. */
  async state(): Promise<{ state: TerraformState; putAside?: string }> {
    return readState(this.#statePath);
  }

  /** The state file as it is, for the encrypted copy; undefined when there is none. */
  async stateFile(): Promise<Buffer | undefined> {
    return readFile(this.#statePath).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
  }

  /**
   * Waits for a run that an earlier process began and did not see the end of. Only then may the state be looked at.
   * Returns whether there was one.
   */
  async settle(
    options: Pick<TerraformRunOptions, 'signal' | 'onEvent'>,
  ): Promise<boolean> {
    const live = await SupervisedRun.findLive(this.#runs);
    for (const run of live) {
      await followRun(run, {
        signal: options.signal,
        onStdout: (line, replayed) => {
          const event = parseTerraformLine(line);
          if (event) options.onEvent?.(event, replayed);
        },
      });
    }
    return live.length > 0;
  }

  /** Interrupts whatever runs, and waits for its end. */
  async stop(): Promise<void> {
    for (const run of await SupervisedRun.findLive(this.#runs))
      await run.stop();
  }

  /** Makes the machines as the variables say. Fails with a classed StepError. */
  async apply(options: TerraformRunOptions): Promise<void> {
    await this.#run('apply', options);
  }

  /** Removes the machines that are in the state. Fails with a classed StepError. */
  async destroy(options: TerraformRunOptions): Promise<void> {
    await this.#run('destroy', options);
  }

  /** Takes a machine into the state that is proven ours. */
  async import(
    node: string,
    id: string,
    options: TerraformRunOptions,
  ): Promise<void> {
    await this.#prepare(options);
    await this.#short(
      [
        'import',
        '-input=false',
        '-no-color',
        LOCK_TIMEOUT,
        `-var-file=${this.#variablesPath}`,
        nodeAddress(node),
        id,
      ],
      options.signal,
    );
  }

  /** Forgets a machine that is not ours, so that nothing is done to it. */
  async forget(node: string, options: TerraformRunOptions): Promise<void> {
    await this.#prepare(options);
    await this.#short(
      ['state', 'rm', '-no-color', LOCK_TIMEOUT, nodeAddress(node)],
      options.signal,
    );
  }

  async #run(
    command: 'apply' | 'destroy',
    options: TerraformRunOptions,
  ): Promise<void> {
    await this.#prepare(options);
    const diagnostics: Extract<TerraformEvent, { type: 'diagnostic' }>[] = [];
    const stderr: string[] = [];
    const directory = newRunDirectory(this.#runs, command);
    options.signal.throwIfAborted();
    const run = await SupervisedRun.start({
      directory,
      argv: [
        this.#runtime.program,
        `-chdir=${await this.#runtime.directory()}`,
        command,
        '-json',
        '-input=false',
        '-auto-approve',
        LOCK_TIMEOUT,
        `-var-file=${this.#variablesPath}`,
      ],
      cwd: this.directory,
      env: this.#environment(),
      timeoutMs: RUN_TIMEOUT_MS,
      // To its pid alone: a signal to the group kills the provider and leaves machines that nobody knows.
      interrupt: { target: 'process', graceMs: GRACE_MS },
    });
    const exit = await followRun(run, {
      signal: options.signal,
      onStdout: (line, replayed) => {
        const event = parseTerraformLine(line);
        if (event?.type === 'diagnostic') diagnostics.push(event);
        if (event) options.onEvent?.(event, replayed);
      },
      onStderr: line => {
        stderr.push(line);
        if (stderr.length > STDERR_LINES) stderr.shift();
      },
    });
    await pruneRuns(this.#runs);
    const failure = diagnoseTerraform(exit, diagnostics, stderr);
    if (failure) throw failure;
  }

  async #prepare(options: TerraformRunOptions): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const { bavail, bsize } = await statfs(this.directory);
    if (bavail * bsize < LEAST_FREE_BYTES) {
      throw new StepError('KUBESMITH-DISK-FULL', {
        free: Math.floor((bavail * bsize) / 1024 / 1024),
      });
    }
    const path = this.#variablesPath;
    await writeFile(
      `${path}.new`,
      `${JSON.stringify(options.variables, undefined, 2)}\n`,
      { mode: 0o600 },
    );
    await rename(`${path}.new`, path);
    await this.#runtime.init(
      { dataDirectory: this.#dataDirectory, statePath: this.#statePath },
      options.signal,
    );
  }

  get #dataDirectory(): string {
    return join(this.directory, '.terraform');
  }

  get #variablesPath(): string {
    return join(this.directory, 'cluster.tfvars.json');
  }

  #environment(): Record<string, string> {
    const { endpoint, tokenId, tokenSecret, caFile } = this.#credentials;
    return this.#runtime.environment({
      HOME: this.directory,
      TF_DATA_DIR: this.#dataDirectory,
      PROXMOX_VE_ENDPOINT: `${endpoint.replace(/\/$/, '')}/`,
      PROXMOX_VE_API_TOKEN: `${tokenId}=${tokenSecret}`,
      SSL_CERT_FILE: caFile,
    });
  }

  async #short(args: string[], signal: AbortSignal): Promise<void> {
    const result = await runShort(
      [
        this.#runtime.program,
        `-chdir=${await this.#runtime.directory()}`,
        ...args,
      ],
      {
        env: this.#environment(),
        timeoutMs: SHORT_TIMEOUT_MS,
        signal,
      },
    );
    if (result.code === 0) return;
    const detail = plainText(
      result.stderr.replace(/\s+/g, ' ').trim() || `exit code ${result.code}`,
      400,
    );
    throw classifyDiagnostic({
      type: 'diagnostic',
      severity: 'error',
      summary: args[0],
      detail,
    });
  }
}
