import { mkdir, readdir, readFile, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { StepError } from '../../engine/failures';
import { assertStillOurs, attendanceOf, leaseEndOf } from '../../engine/stop';
import { replaceFile } from '../../files/replaceFile';
import { type Custody, soleCustody } from '../custody';
import { followRun } from '../process/followRun';
import { plainText } from '../process/lines';
import { newRunDirectory, pruneRuns } from '../process/runDirectory';
import { runShort } from '../process/runShort';
import { SupervisedRun } from '../process/SupervisedRun';
import { classifyDiagnostic, diagnoseTerraform } from './diagnose';
import { nodeAddress, parseTerraformLine, type TerraformEvent } from './events';
import {
  contradiction,
  type ExpectedState,
  parseState,
  type PutAside,
  putAside,
  readState,
  type TerraformState,
} from './state';
import { StateKeeper } from './StateKeeper';
import { SHORT_INTERRUPT, type TerraformRuntime } from './TerraformRuntime';

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
  /** How many machines Terraform works on at once; its own default, if absent. */
  parallelism?: number;
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
/** Files that were put aside are for people; nobody reads more than a few. */
const KEPT_ASIDE = 5;
/** Terraform writes it into its folder when it could not write the state. */
const ERRORED_STATE = 'errored.tfstate';
/** Terraform's state, in a cluster's folder. */
export const STATE_FILE = 'terraform.tfstate';
/** Another run of ours may be about to end. */
const LOCK_TIMEOUT = '-lock-timeout=20s';

/** One cluster's Terraform: its variables, state and runs, in a folder that only we can read. */
export class TerraformWorkspace {
  readonly directory: string;
  readonly #runtime: TerraformRuntime;
  readonly #credentials: TerraformCredentials;
  readonly #graceMs: number;
  readonly #custody: Custody;
  readonly #keeper: StateKeeper;

  constructor(options: {
    directory: string;
    runtime: TerraformRuntime;
    credentials: TerraformCredentials;
    /** How long Terraform may take to stop before its group is killed. Default 15 minutes. */
    graceMs?: number;
    /** If others may work on the cluster too. */
    custody?: Custody;
  }) {
    this.directory = options.directory;
    this.#runtime = options.runtime;
    this.#credentials = options.credentials;
    this.#graceMs = options.graceMs ?? GRACE_MS;
    this.#custody = options.custody ?? soleCustody;
    this.#keeper = new StateKeeper(this.#statePath, this.#custody);
  }

  get #runs(): string {
    return join(this.directory, 'terraform-runs');
  }

  get #statePath(): string {
    return join(this.directory, STATE_FILE);
  }

  /**
   * What the state knows. A state file that is broken or about other machines, and what Terraform wrote because it could not
   * write the state, is put aside. One that is missing then is put back as it was kept.
   */
  async state(
    expected: Pick<ExpectedState, 'nodes'>,
  ): Promise<{ state: TerraformState; putAside: PutAside[] }> {
    await this.#custody.take();
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const errored = await this.#putErroredAside(expected);
    const { putAside: broken } = await readState(this.#statePath, {
      ...expected,
      lineage: await this.#keeper.lineage(),
    });
    if (errored || broken) await this.#pruneAside();
    await this.#keeper.restore(kept => !contradiction(kept, expected));
    await this.#keeper.keep();
    const { state } = await readState(this.#statePath);
    return {
      state,
      putAside: [errored, broken].filter(aside => aside !== undefined),
    };
  }

  /**
   * Waits for a run that an earlier process began and did not see the end of. Only then may the state be looked at.
   * Returns whether there was one.
   */
  async settle(
    options: Pick<TerraformRunOptions, 'signal' | 'onEvent'>,
  ): Promise<boolean> {
    await this.#custody.take(options.signal);
    const live = await SupervisedRun.findLive(this.#runs);
    for (const run of live) {
      await this.#inCustody(
        followRun(run, {
          signal: options.signal,
          onStdout: (line, replayed) => {
            const event = parseTerraformLine(line);
            if (event) options.onEvent?.(event, replayed);
          },
        }),
      );
    }
    return live.length > 0;
  }

  /** Interrupts whatever runs, and waits for its end. */
  async stop(signal?: AbortSignal): Promise<void> {
    await this.#custody.take(signal);
    for (const run of await SupervisedRun.findLive(this.#runs))
      await run.stop();
    await this.#custody.leave();
  }

  /** What a run does to the state is kept; when it is over, nothing of ours runs any more. */
  async #inCustody<T>(work: Promise<T>): Promise<T> {
    try {
      return await this.#keeper.during(work);
    } finally {
      const live = await SupervisedRun.findLive(this.#runs);
      if (live.length === 0) await this.#custody.leave();
    }
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
        ...(options.parallelism ? [`-parallelism=${options.parallelism}`] : []),
        `-var-file=${this.#variablesPath}`,
      ],
      cwd: this.directory,
      env: this.#environment(),
      timeoutMs: RUN_TIMEOUT_MS,
      startBefore: leaseEndOf(options.signal),
      attended: attendanceOf(options.signal),
      // To its pid alone: a signal to the group kills the provider and leaves machines that nobody knows.
      interrupt: { target: 'process', graceMs: this.#graceMs },
    });
    const exit = await this.#inCustody(
      followRun(run, {
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
      }),
    );
    await pruneRuns(this.#runs);
    const failure = diagnoseTerraform(exit, diagnostics, stderr);
    // With a full disk half of what Terraform says is lost: then that is the reason, whatever else it says.
    if (failure && failure.failure.class !== 'permanent')
      await this.#checkSpace(failure);
    if (failure) throw failure;
  }

  /** @throws StepError KUBESMITH-DISK-FULL */
  async #checkSpace(cause?: Error): Promise<void> {
    const { bavail, bsize } = await statfs(this.directory);
    if (bavail * bsize >= LEAST_FREE_BYTES) return;
    throw new StepError(
      'KUBESMITH-DISK-FULL',
      { free: Math.floor((bavail * bsize) / 1024 / 1024) },
      { cause },
    );
  }

  /**
   * The file is in the module's folder, which all clusters share: only what is about our machines, or about none, is taken
   * away. What it says is not needed: what exists is proven and imported.
   */
  async #putErroredAside(
    expected: ExpectedState,
  ): Promise<PutAside | undefined> {
    const folders = [this.directory, await this.#runtime.directory()];
    for (const folder of folders) {
      const path = join(folder, ERRORED_STATE);
      const text = await readFile(path, 'utf8').catch(
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT') return undefined;
          throw error;
        },
      );
      const others = parseState(text ?? '')?.machines.some(
        machine => !expected.nodes.some(({ name }) => name === machine.node),
      );
      if (text === undefined || (others && folder !== this.directory)) continue;
      await mkdir(this.directory, { recursive: true, mode: 0o700 });
      return putAside(path, {
        label: 'kept',
        reason: 'could not be written by an earlier run',
        folder: this.directory,
      });
    }
    return undefined;
  }

  async #pruneAside(): Promise<void> {
    const names = (await readdir(this.directory))
      .filter(name => /\.tfstate\.(broken|of-another-lineage|kept)-/.test(name))
      .sort((a, b) => a.slice(-18).localeCompare(b.slice(-18)));
    for (const name of names.slice(0, -KEPT_ASIDE))
      await rm(join(this.directory, name), { force: true });
  }

  async #prepare(options: TerraformRunOptions): Promise<void> {
    await this.#custody.take(options.signal);
    assertStillOurs(options.signal);
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    await this.#checkSpace();
    const path = this.#variablesPath;
    const text = JSON.stringify(options.variables, undefined, 2);
    await replaceFile(path, `${text}\n`);
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
        interrupt: SHORT_INTERRUPT,
      },
    );
    await this.#keeper.keep();
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
