import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { StepError } from '../../engine/failures';
import {
  assertStillOurs,
  attendanceOf,
  leaseEndOf,
} from '../../engine/stop';
import { type Custody, soleCustody } from '../custody';
import { toolEnvironment } from '../process/environment';
import { followRun } from '../process/followRun';
import { newRunDirectory, pruneRuns } from '../process/runDirectory';
import { type RunExit, SupervisedRun } from '../process/SupervisedRun';
import { diagnosePlaybook } from './diagnose';
import { type AnsibleEvent, parseAnsibleLine } from './events';
import { RunScratch } from './RunScratch';

/** The playbooks that the portal runs, by their files' names. */
export type Playbook =
  'site' | 'repair' | 'renew' | 'backup' | 'restore' | 'upgrade';

/** Settings of one run of a playbook. */
export interface PlaybookRun {
  /** Default: `site`, which makes machines a cluster. */
  playbook?: Playbook;
  inventory: Record<string, unknown>;
  /** OpenSSH private key of the nodes' account; given to an agent, never to a file. */
  privateKey: string;
  /** Content of the known_hosts file: the pinned keys and nothing else. */
  knownHosts: string;
  /** The nodes' account. */
  user: string;
  /** Nodes at a time. */
  forks: number;
}

/** How to follow a run. */
export interface FollowOptions {
  signal: AbortSignal;
  /** `replayed` events come from a run that was taken up again and may have been seen before. */
  onEvent?: (event: AnsibleEvent, replayed: boolean) => void;
}

const EVENTS = 'events.ndjson';
const RUN_TIMEOUT_MS = 45 * 60 * 1000;
const GRACE_MS = 60_000;
const STDERR_LINES = 20;

/** One cluster's runs of Ansible, in a folder that only we can read. */
export class AnsibleWorkspace {
  readonly #directory: string;
  readonly #program: string;
  readonly #root: string;
  readonly #custody: Custody;

  constructor(options: {
    directory: string;
    program: string;
    root: string;
    /** If others may work on the cluster too. */
    custody?: Custody;
  }) {
    this.#directory = options.directory;
    this.#program = options.program;
    this.#root = options.root;
    this.#custody = options.custody ?? soleCustody;
  }

  get #runs(): string {
    return join(this.#directory, 'ansible-runs');
  }

  /**
   * Follows a run that an earlier process began and did not see the end of. Undefined when there is none; else how it ended. One of
   * another playbook is waited for, and says nothing about the one that is wanted.
   */
  async settle(
    options: FollowOptions & { playbook?: Playbook },
  ): Promise<{ failure?: StepError } | undefined> {
    const { playbook = 'site', ...follow } = options;
    await this.#custody.take(options.signal);
    let result: { failure?: StepError } | undefined;
    for (const run of await SupervisedRun.findLive(this.#runs)) {
      if (basename(run.directory).split('-')[1] === playbook)
        result = await this.#follow(run, follow);
      else await this.#follow(run, { signal: options.signal });
    }
    await this.#clear();
    await this.#custody.leave();
    return result;
  }

  /** Interrupts whatever runs, waits for its end and clears up after it. */
  async stop(signal?: AbortSignal): Promise<void> {
    await this.#custody.take(signal);
    for (const run of await SupervisedRun.findLive(this.#runs))
      await run.stop();
    await this.#clear();
    await this.#custody.leave();
  }

  /** Runs the playbook. Fails with a classed StepError. */
  async run(playbook: PlaybookRun, options: FollowOptions): Promise<void> {
    await this.#custody.take(options.signal);
    assertStillOurs(options.signal);
    const name = playbook.playbook ?? 'site';
    await mkdir(this.#runs, { recursive: true, mode: 0o700 });
    const directory = newRunDirectory(this.#runs, name);
    const inventory = `${directory}.inventory.json`;
    await writeFile(inventory, JSON.stringify(playbook.inventory), {
      mode: 0o600,
    });
    try {
      const scratch = await RunScratch.create({
        runDirectory: directory,
        privateKey: playbook.privateKey,
        knownHosts: playbook.knownHosts,
        lifetimeSeconds: (RUN_TIMEOUT_MS + GRACE_MS) / 1000,
      });
      options.signal.throwIfAborted();
      const run = await SupervisedRun.start({
        directory,
        argv: [this.#program, '-i', inventory, join(this.#root, `${name}.yml`)],
        cwd: this.#root,
        env: this.#environment(playbook, scratch, directory),
        timeoutMs: RUN_TIMEOUT_MS,
        startBefore: leaseEndOf(options.signal),
        attended: attendanceOf(options.signal),
        interrupt: { target: 'group', graceMs: GRACE_MS },
      });
      const { failure } = await this.#follow(run, options);
      if (failure) throw failure;
    } finally {
      // When we only stop following, the run goes on and keeps what it needs.
      const run = await SupervisedRun.attach(directory);
      if (!run || (await run.exit())) {
        await RunScratch.clear(directory);
        await this.#custody.leave();
      }
    }
    await pruneRuns(this.#runs);
  }

  async #follow(
    run: SupervisedRun,
    { signal, onEvent }: FollowOptions,
  ): Promise<{ exit: RunExit; failure?: StepError }> {
    const problems: Extract<AnsibleEvent, { type: 'host' }>[] = [];
    const stderr: string[] = [];
    const exit = await followRun(run, {
      signal,
      files: {
        [EVENTS]: (line, replayed) => {
          const event = parseAnsibleLine(line);
          if (!event) return;
          if (
            event.type === 'host' &&
            (event.status === 'failed' || event.status === 'unreachable')
          ) {
            problems.push(event);
          }
          onEvent?.(event, replayed);
        },
      },
      onStderr: line => {
        stderr.push(line);
        if (stderr.length > STDERR_LINES) stderr.shift();
      },
    });
    await RunScratch.clear(run.directory);
    return { exit, failure: diagnosePlaybook(exit, problems, stderr) };
  }

  /** Clears up after all runs that are over. */
  async #clear(): Promise<void> {
    await clearEndedRuns(this.#runs);
  }

  #environment(
    playbook: PlaybookRun,
    scratch: RunScratch,
    runDirectory: string,
  ): Record<string, string> {
    // The user's own configuration of ssh and known hosts of the portal's machine play no part.
    const ssh = [
      '-F /dev/null',
      `-o UserKnownHostsFile=${scratch.knownHostsFile}`,
      '-o GlobalKnownHostsFile=/dev/null',
      '-o StrictHostKeyChecking=yes',
      '-o HostKeyAlgorithms=ssh-ed25519',
      '-o PreferredAuthentications=publickey',
    ];
    return toolEnvironment({
      HOME: this.#directory,
      TMPDIR: scratch.temporary,
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONUNBUFFERED: '1',
      SSH_AUTH_SOCK: scratch.agentSocket,
      ANSIBLE_CONFIG: join(this.#root, 'ansible.cfg'),
      ANSIBLE_HOME: join(this.#directory, 'ansible'),
      ANSIBLE_LOCAL_TEMP: scratch.temporary,
      ANSIBLE_SSH_EXECUTABLE: join(this.#root, 'bin', 'capped-ssh'),
      ANSIBLE_SSH_CONTROL_PATH_DIR: scratch.controlPaths,
      ANSIBLE_SSH_COMMON_ARGS: ssh.join(' '),
      ANSIBLE_HOST_KEY_CHECKING: 'True',
      ANSIBLE_REMOTE_USER: playbook.user,
      ANSIBLE_FORKS: String(playbook.forks),
      ANSIBLE_NOCOLOR: '1',
      KUBESMITH_ANSIBLE_EVENTS: join(runDirectory, EVENTS),
    });
  }
}

/** Ends agents and removes sockets of runs below a folder that are over, also of those whose starter crashed. */
export async function clearEndedRuns(runs: string): Promise<void> {
  const suffix = '.scratch.json';
  const names = await readdir(runs).catch(
    (error: NodeJS.ErrnoException): string[] => {
      if (error.code === 'ENOENT') return [];
      throw error;
    },
  );
  for (const name of names.filter(candidate => candidate.endsWith(suffix))) {
    const directory = join(runs, basename(name, suffix));
    const run = await SupervisedRun.attach(directory);
    if (!run || (await run.exit())) await RunScratch.clear(directory);
  }
}
