import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Cgroup } from '../system/cgroups.ts';
import { unless } from '../system/errors.ts';
import { writeAtomically } from '../system/files.ts';
import { entering, startDetached } from '../system/launch.ts';
import {
  identify,
  isAlive,
  signal,
  type ProcessIdentity,
} from '../system/processes.ts';
import { waitFor } from '../system/wait.ts';
import type { Instance } from './Instance.ts';

/** A process of the lab itself. */
export interface Service {
  name: string;
  command: readonly string[];
  /** Whether it does its work now; asked until it does. */
  isReady: (pid: number) => Promise<boolean>;
}

/** A service ended before it was ready. */
export class ServiceFailed extends Error {
  override name = 'ServiceFailed';
  readonly exitCode: number | null;

  constructor(message: string, exitCode: number | null) {
    super(message);
    this.exitCode = exitCode;
  }
}

interface Registry {
  /** Start times count from the boot, so the numbers of another boot mean nothing. */
  boot: string;
  services: Record<string, ProcessIdentity>;
}

/** The lab's own processes: started detached, found again by number and start time. */
export class Services {
  readonly #instance: Instance;
  readonly #cgroup: Cgroup;
  readonly #registryFile: string;

  constructor(instance: Instance, cgroup: Cgroup) {
    this.#instance = instance;
    this.#cgroup = cgroup;
    this.#registryFile = instance.file('services.json');
  }

  /** The running service's process, if it runs. */
  async find(name: string): Promise<ProcessIdentity | undefined> {
    const known = (await this.#read()).services[name];
    return known && (await isAlive(known)) ? known : undefined;
  }

  /** Starts a service unless it runs, and resolves with its process number when it is ready. */
  async start(service: Service): Promise<number> {
    const running = await this.find(service.name);
    if (running && (await service.isReady(running.pid))) return running.pid;
    if (running) await this.stop(service.name);
    return await this.#launch(service);
  }

  /** Ends a service, with a few seconds for itself. */
  async stop(name: string): Promise<void> {
    const running = await this.find(name);
    if (!running) return;
    signal(running.pid, 'SIGTERM');
    const gone = await waitFor(async () => !(await isAlive(running)), {
      timeoutMs: 3_000,
    });
    if (!gone) signal(running.pid, 'SIGKILL');
    await waitFor(async () => !(await isAlive(running)), { timeoutMs: 3_000 });
  }

  async #launch({ name, command, isReady }: Service): Promise<number> {
    const log = this.#instance.log(name);
    await mkdir(dirname(log), { recursive: true });
    const child = await startDetached(
      entering(this.#cgroup, command),
      log,
      'a',
    );
    const pid = child.pid!;
    const process = await identify(pid);
    if (process) await this.#remember(name, process);
    const ready = await waitFor(
      async () =>
        child.exitCode !== null ||
        child.signalCode !== null ||
        (await isReady(pid)),
      {
        timeoutMs: 30_000,
      },
    );
    if (!ready || child.exitCode !== null || child.signalCode !== null) {
      const lines = (await readFile(log, 'utf8'))
        .trim()
        .split('\n')
        .slice(-8)
        .join('\n');
      throw new ServiceFailed(
        `The ${name} ${
          ready
            ? `ended with ${child.exitCode ?? child.signalCode}`
            : 'was not ready after 30 s'
        }; ${log} ends with:\n${lines}`,
        child.exitCode,
      );
    }
    return pid;
  }

  async #read(): Promise<Registry> {
    const boot = (
      await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    ).trim();
    const text = await unless(['ENOENT'], readFile(this.#registryFile, 'utf8'));
    const registry = text ? (JSON.parse(text) as Registry) : undefined;
    return registry?.boot === boot ? registry : { boot, services: {} };
  }

  async #remember(name: string, process: ProcessIdentity): Promise<void> {
    const registry = await this.#read();
    registry.services[name] = process;
    await writeAtomically(
      this.#registryFile,
      JSON.stringify(registry, null, 2),
    );
  }
}
