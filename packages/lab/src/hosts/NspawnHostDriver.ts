import { mkdir, readFile, readdir, realpath, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cloneContainerdState } from '../images/containerdState.ts';
import { Cgroup } from '../system/cgroups.ts';
import { unless } from '../system/errors.ts';
import { entering, startDetached } from '../system/launch.ts';
import { readProc, signal } from '../system/processes.ts';
import { CommandFailed, run } from '../system/run.ts';
import { waitFor } from '../system/wait.ts';
import { HostDirectory, readRecord, writeRecord } from './HostDirectory.ts';
import { Leaders } from './leader.ts';
import { NspawnGuestAgent } from './NspawnGuestAgent.ts';
import { Queue } from './Queue.ts';
import { removeSnapshot, rollBack, takeSnapshot } from './snapshots.ts';
import { SEED_IN_HOST, writeSeed } from './seed.ts';
import type { GuestAgent, HostDriver, HostSpec } from './types.ts';

const SUPERVISOR = fileURLToPath(new URL('./supervisor.sh', import.meta.url));

/** systemd as first process powers its machine off on SIGRTMIN+4. */
const POWER_OFF = 34 + 4;

/** Where hosts of one lab instance live. Plain data, so that it can be handed over in a configuration file. */
export interface NspawnOptions {
  /** Folder for the hosts' files. Not on an overlay file system. */
  directory: string;
  /** Folder with the images `golden` and `plain`, which may be symbolic links. */
  images: string;
  /** Path of the network namespace. */
  networkNamespace: string;
  /** Bridge in it. */
  bridge: string;
  /** Directories of the instance's cgroup. */
  cgroups: string[];
}

/**
 * Hosts as systemd-nspawn containers with systemd, sshd and an address of their own. A host outlives the process that
 * started it and is found again by its cgroup.
 *
 * Like the real thing: own root file system, kernel settings for the network, addresses, host keys, machine id, SMBIOS
 * UUID, processes; power, reboot, limits for memory and processor time. Not imitated: an own kernel (so no own clock, no
 * loadable modules), disk size, memory and processor counts as seen from inside, consoles, the memory of a snapshot.
 */
export class NspawnHostDriver implements HostDriver {
  readonly #options: NspawnOptions;
  readonly #cgroup: Cgroup;
  readonly #leaders = new Leaders();
  readonly #queue = new Queue();

  constructor(options: NspawnOptions) {
    this.#options = options;
    this.#cgroup = new Cgroup(options.cgroups);
  }

  async create(spec: HostSpec): Promise<void> {
    await this.#queue.run(spec.vmid, async () => {
      const host = this.#host(spec.vmid);
      if (existsSync(host.record)) return;
      const image = await realpath(join(this.#options.images, spec.rootfs));
      const { '/var/lib/containerd': containerd, ...plainFolders } =
        host.plainFolders;
      for (const folder of [
        host.root,
        host.upper,
        host.work,
        ...Object.values(plainFolders),
      ]) {
        await mkdir(folder, { recursive: true });
      }
      // What an interrupted clone has left there would be taken for the host's own.
      await rm(containerd, { recursive: true, force: true });
      await cloneContainerdState(image, containerd);
      await writeRecord(host, { image, spec });
    });
  }

  async start(spec: HostSpec): Promise<void> {
    await this.#queue.run(spec.vmid, async () => {
      const cgroup = this.#cgroupOf(spec.vmid);
      if (await cgroup.isPopulated()) return;
      const host = this.#host(spec.vmid);
      const { image } = await readRecord(host);
      await writeRecord(host, { image, spec });
      await cgroup.create();
      await cgroup.limit(spec);
      await writeSeed(host.seed, spec);
      await this.#boot(host, spec, image, cgroup);
      const booted = await waitFor(() => this.#hasBooted(spec.vmid), {
        timeoutMs: 30_000,
      });
      if (!booted) {
        throw new Error(
          `Host ${spec.vmid} did not start; see ${
            host.console
          }: ${await lastLines(host.console)}`,
        );
      }
    });
  }

  async shutdown(vmid: number, timeoutSeconds: number): Promise<void> {
    await this.#queue.run(vmid, async () => {
      const cgroup = this.#cgroupOf(vmid);
      const leader = await this.#leader(vmid);
      if (leader) {
        signal(leader, POWER_OFF);
        await waitFor(async () => !(await cgroup.isPopulated()), {
          timeoutMs: timeoutSeconds * 1000,
          intervalMs: 50,
        });
      }
      await this.#pullPlug(vmid);
    });
  }

  async stop(vmid: number): Promise<void> {
    await this.#queue.run(vmid, () => this.#pullPlug(vmid));
  }

  async remove(vmid: number): Promise<void> {
    await this.#queue.run(vmid, async () => {
      await this.#pullPlug(vmid);
      await this.#cgroupOf(vmid).remove();
      await rm(this.#host(vmid).path, { recursive: true, force: true });
    });
  }

  async snapshot(vmid: number, name: string): Promise<void> {
    await this.#queue.run(vmid, async () => {
      const cgroup = this.#cgroupOf(vmid);
      await cgroup.freeze();
      try {
        await takeSnapshot(this.#host(vmid), name);
      } finally {
        await cgroup.thaw();
      }
    });
  }

  async rollback(vmid: number, name: string): Promise<void> {
    await this.#queue.run(vmid, async () => {
      if (await this.#cgroupOf(vmid).isPopulated())
        throw new Error(`Host ${vmid} runs`);
      await rollBack(this.#host(vmid), name);
    });
  }

  async removeSnapshot(vmid: number, name: string): Promise<void> {
    await this.#queue.run(vmid, () => removeSnapshot(this.#host(vmid), name));
  }

  async isRunning(vmid: number): Promise<boolean> {
    return await this.#cgroupOf(vmid).isPopulated();
  }

  agent(vmid: number): GuestAgent {
    return new NspawnGuestAgent(() => this.#leader(vmid));
  }

  async list(): Promise<number[]> {
    const names =
      (await unless(['ENOENT'], readdir(this.#options.directory))) ?? [];
    return names
      .map(Number)
      .filter(vmid => existsSync(this.#host(vmid).record));
  }

  #host(vmid: number): HostDirectory {
    return new HostDirectory(this.#options.directory, vmid);
  }

  #cgroupOf(vmid: number): Cgroup {
    return this.#cgroup.child(`vm-${vmid}`);
  }

  /**
   * Ends all that runs in a host and unplugs its network. Left to the kernel, the interface would stay, and its name be
   * taken, for as long as a connection of the dead host waits for an answer: minutes.
   */
  async #pullPlug(vmid: number): Promise<void> {
    await this.#cgroupOf(vmid).kill();
    try {
      await run([
        'nsenter',
        `--net=${this.#options.networkNamespace}`,
        'ip',
        'link',
        'delete',
        linkOf(vmid),
      ]);
    } catch (error) {
      const isUnplugged =
        error instanceof CommandFailed &&
        /Cannot find device/.test(error.message);
      if (!isUnplugged) throw error;
    }
  }

  async #leader(vmid: number): Promise<number | undefined> {
    return (await this.#leaders.get(vmid, this.#cgroupOf(vmid)))?.pid;
  }

  /** Starts the supervisor, which does not end with this process. */
  async #boot(
    host: HostDirectory,
    spec: HostSpec,
    image: string,
    cgroup: Cgroup,
  ): Promise<void> {
    const supervisor = entering(cgroup, [
      'nsenter',
      `--net=${this.#options.networkNamespace}`,
      'unshare',
      '--mount',
      '--propagation=slave',
      'sh',
      SUPERVISOR,
      image,
      host.upper,
      host.work,
      host.root,
      linkOf(spec.vmid),
      ...this.#nspawn(host, spec),
    ]);
    await startDetached(supervisor, host.console, 'w');
  }

  #nspawn(host: HostDirectory, spec: HostSpec): string[] {
    return [
      'systemd-nspawn',
      '--quiet',
      `--directory=${host.root}`,
      `--machine=${machineOf(spec.vmid)}`,
      `--hostname=${spec.cloudInit.hostname}`,
      `--uuid=${spec.smbiosUuid}`,
      '--register=no',
      '--keep-unit',
      '--capability=all',
      `--network-bridge=${this.#options.bridge}`,
      ...['/dev/kmsg', '/dev/fuse']
        .filter(existsSync)
        .map(device => `--bind=${device}`),
      ...Object.entries(host.plainFolders).map(
        ([inside, folder]) => `--bind=${folder}:${inside}`,
      ),
      `--bind-ro=${host.seed}:${SEED_IN_HOST}`,
      '--resolv-conf=off',
      '--timezone=off',
      '--link-journal=no',
      '--console=pipe',
      'sh',
      `${SEED_IN_HOST}/init`,
    ];
  }

  /** Whether the host's first process is past nspawn's own preparations. */
  async #hasBooted(vmid: number): Promise<boolean> {
    const leader = await this.#leader(vmid);
    if (!leader) return false;
    const command = (await readProc(leader, 'comm'))?.trim();
    return command === 'sh' || command === 'systemd';
  }
}

/** Name for systemd-nspawn; short, so that it is in the interface's name as it is. */
function machineOf(vmid: number): string {
  return `vm-${vmid}`;
}

/** The interface on the bridge that systemd-nspawn makes for a host. */
function linkOf(vmid: number): string {
  return `vb-${machineOf(vmid)}`;
}

async function lastLines(file: string): Promise<string> {
  return (await readFile(file, 'utf8'))
    .trim()
    .split('\n')
    .slice(-5)
    .join(' | ');
}
