import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Instance } from '@kubesmith/lab/src/instance/Instance.ts';
import { inNamespace } from '@kubesmith/lab/src/instance/namespace.ts';
import { unless } from '@kubesmith/lab/src/system/errors.ts';
import { writeAtomically } from '@kubesmith/lab/src/system/files.ts';
import {
  identify,
  isAlive,
  signal,
  type ProcessIdentity,
} from '@kubesmith/lab/src/system/processes.ts';
import { waitFor } from '@kubesmith/lab/src/system/wait.ts';
import { inRepository } from '../layout.ts';
import { toolEnvironment } from '../tools.ts';

/** How long a start may take on a busy machine with two cores. */
const START_MS = 180_000;
/** How long an orderly end may take. */
const STOP_MS = 20_000;
const STARTUP_FAILURE =
  /threw an error during startup|Plugin '[^']+' startup failed|Backend startup failed/;

interface PortalRecord extends ProcessIdentity {
  /** Start times count from the boot, so they mean nothing after another one. */
  boot: string;
  /** Hash of the frontend that it serves. */
  frontend?: string;
}

/**
 * The portal of one lab instance: a detached process in the instance's network, that later commands find again by process
 * number and start time.
 */
export class Portal {
  readonly #instance: Instance;
  readonly #configs: readonly string[];

  /** @param configs - further configuration files, on top of the lab's */
  constructor(instance: Instance, configs: readonly string[] = []) {
    this.#instance = instance;
    this.#configs = configs;
  }

  /** Where people and tests reach it; the lab's forwarder publishes it on the loopback interface. */
  async address(): Promise<string> {
    return (await this.environment()).KUBESMITH_PORTAL_URL!;
  }

  get log(): string {
    return this.#instance.log('portal');
  }

  /** Values of app-config.lab.yaml, as the lab wrote them down. */
  async environment(): Promise<Record<string, string>> {
    const text = await readFile(this.#instance.file('portal.env'), 'utf8');
    return Object.fromEntries(
      text
        .split('\n')
        .filter(Boolean)
        .map(line => [
          line.slice(0, line.indexOf('=')),
          line.slice(line.indexOf('=') + 1),
        ]),
    );
  }

  /** Its process, if it runs. */
  async find(): Promise<PortalRecord | undefined> {
    const text = await unless(['ENOENT'], readFile(this.#recordFile, 'utf8'));
    if (!text) return undefined;
    const record = JSON.parse(text) as PortalRecord;
    return record.boot === (await bootId()) && (await isAlive(record))
      ? record
      : undefined;
  }

  /**
   * Starts it unless it runs, and resolves when it answers.
   *
   * @param options.frontend - hash of the frontend in packages/app/dist; a portal that serves another one is restarted
   * @throws Error with the end of the log when it does not come up
   */
  async start(options: { frontend?: string } = {}): Promise<void> {
    const before = await this.find();
    if (before && options.frontend && before.frontend !== options.frontend)
      await this.stop();
    const running =
      (await this.find()) ?? (await this.#launch(options.frontend));
    const answers = await waitFor(
      async () => {
        if (!(await isAlive(running)))
          throw new Error(await this.#describe('ended while it started'));
        if (STARTUP_FAILURE.test(await this.#readLog()))
          throw new Error(await this.#describe('could not start'));
        return await this.#isReady();
      },
      { timeoutMs: START_MS, intervalMs: 250 },
    );
    if (!answers)
      throw new Error(
        await this.#describe(`was not ready after ${START_MS / 1000} s`),
      );
  }

  /** Asks it to end, and ends it if it does not. */
  async stop(): Promise<void> {
    const running = await this.find();
    if (running) {
      signal(running.pid, 'SIGTERM');
      const ended = await waitFor(async () => !(await isAlive(running)), {
        timeoutMs: STOP_MS,
      });
      if (!ended) await this.kill();
    }
    await rm(this.#recordFile, { force: true });
  }

  /** Takes its life as a crash does: no signal that it could see, and what it started stays. */
  async kill(): Promise<void> {
    const running = await this.find();
    if (!running) return;
    signal(running.pid, 'SIGKILL');
    const ended = await waitFor(async () => !(await isAlive(running)), {
      timeoutMs: 10_000,
    });
    if (!ended)
      throw new Error(`The portal (process ${running.pid}) does not die`);
  }

  get #recordFile(): string {
    return this.#instance.file('portal.json');
  }

  async #launch(frontend: string | undefined): Promise<PortalRecord> {
    if (!existsSync(inRepository('packages', 'app', 'dist', 'index.html'))) {
      throw new Error('The frontend is not built: packages/app/dist is empty');
    }
    const environment = await this.environment();
    for (const name of [
      'KUBESMITH_DATABASE_DIRECTORY',
      'KUBESMITH_DATA_DIRECTORY',
    ]) {
      await mkdir(environment[name]!, { recursive: true, mode: 0o700 });
    }
    await mkdir(dirname(this.log), { recursive: true });
    const [program, ...args] = inNamespace(this.#instance, [
      process.execPath,
      '--import',
      '@backstage/cli/config/nodeTransform.cjs',
      'src/index.ts',
      '--config',
      inRepository('app-config.yaml'),
      '--config',
      inRepository('app-config.lab.yaml'),
      ...this.#configs.flatMap(file => ['--config', file]),
    ]);
    // Begun anew, so that an old failure is not taken for one of this start.
    const output = await open(this.log, 'w');
    try {
      const child = spawn(program!, args, {
        cwd: inRepository('packages', 'backend'),
        detached: true,
        // Production would refuse the lab's sign-in, which has no https.
        env: {
          ...toolEnvironment(),
          ...environment,
          NODE_ENV: 'development',
          NO_COLOR: '1',
        },
        stdio: ['ignore', output.fd, output.fd],
      });
      child.unref();
      await new Promise((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
      // nsenter becomes the portal: the process number stays.
      const identity = await identify(child.pid!);
      if (!identity) throw new Error(await this.#describe('ended at once'));
      const record: PortalRecord = {
        ...identity,
        boot: await bootId(),
        ...(frontend && { frontend }),
      };
      await writeAtomically(this.#recordFile, `${JSON.stringify(record)}\n`);
      return record;
    } finally {
      await output.close();
    }
  }

  async #isReady(): Promise<boolean> {
    try {
      const answer = await fetch(
        `${await this.address()}/.backstage/health/v1/readiness`,
        {
          signal: AbortSignal.timeout(5_000),
        },
      );
      return answer.ok;
    } catch {
      // Nothing listens yet: that is what is being waited for.
      return false;
    }
  }

  async #readLog(): Promise<string> {
    return (await unless(['ENOENT'], readFile(this.log, 'utf8'))) ?? '';
  }

  async #describe(what: string): Promise<string> {
    const end = (await this.#readLog())
      .trim()
      .split('\n')
      .slice(-12)
      .join('\n');
    return `The portal ${what}; ${this.log} ends with:\n${end}`;
  }
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}
