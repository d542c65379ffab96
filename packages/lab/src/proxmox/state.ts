/**
 * The double's memory: virtual machines, pools, tasks. Stands for pmxcfs (`/etc/pve`), which keeps the real ones. Written to
 * one JSON file, atomically, after every change, so that a killed double finds its machines again. Left out: fsync, quorum.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { failure } from './errors.ts';
import type { ProxmoxDoubleConfig } from './options.ts';
import { templateConfig } from './template.ts';

/** A virtual machine's configuration, as stored in Proxmox: strings, and numbers for a few keys. */
export type VmConfig = Record<string, string | number>;

/** A virtual machine, or a template. */
export interface VmRecord {
  vmid: number;
  /** Hypervisor host that it is on. */
  node: string;
  /** Holds `lock` and `template` too, as in Proxmox. */
  config: VmConfig;
  /** Changes that need the machine to be off; `null` means that the key goes away. */
  pending: Record<string, string | number | null>;
  pool?: string;
  rootfs: 'golden' | 'plain' | 'older';
  /** Milliseconds since the epoch, of the last start through the API. */
  startedAt?: number;
  /** Oldest first. */
  snapshots?: SnapshotRecord[];
  /** Set for a machine that a test put there as somebody else's: there is no host below it, only this power state. */
  stranger?: { running: boolean };
}

/** A snapshot of a machine: its configuration then. What was on its disks, the driver keeps. */
export interface SnapshotRecord {
  name: string;
  description: string;
  /** Seconds since the epoch. */
  snaptime: number;
  config: VmConfig;
}

/** A task, as the task calls show it, with its log. */
export interface TaskRecord {
  upid: string;
  node: string;
  pid: number;
  pstart: number;
  /** Seconds since the epoch. */
  starttime: number;
  endtime?: number;
  type: string;
  id: string;
  user: string;
  tokenid?: string;
  status: 'running' | 'stopped';
  exitstatus?: string;
  log: string[];
}

interface Snapshot {
  version: 1;
  nextPid: number;
  vms: VmRecord[];
  pools: { id: string; comment?: string }[];
  tasks: TaskRecord[];
}

/** Finished tasks that are remembered. */
const REMEMBERED_TASKS = 300;

/** What the double knows, kept in its file. */
export class State {
  readonly vms = new Map<number, VmRecord>();
  readonly pools = new Map<string, { comment?: string }>();
  readonly tasks = new Map<string, TaskRecord>();
  nextPid = 1000;
  readonly #file: string;

  constructor(config: ProxmoxDoubleConfig) {
    this.#file = config.stateFile;
    this.#load();
    for (const { id, comment } of config.pools) {
      if (!this.pools.has(id)) this.pools.set(id, comment ? { comment } : {});
    }
    for (const template of config.templates) {
      this.vms.set(template.vmid, {
        vmid: template.vmid,
        node: template.node,
        rootfs: template.rootfs,
        pending: {},
        config: this.vms.get(template.vmid)?.config ?? templateConfig(template),
      });
    }
    this.save();
  }

  /** The machine if it is on that host, else Proxmox's error, which is 500 and not 404. */
  vmOn(node: string, vmid: number): VmRecord {
    const vm = this.vms.get(vmid);
    if (!vm || vm.node !== node) {
      throw failure(
        `Configuration file 'nodes/${node}/qemu-server/${vmid}.conf' does not exist`,
      );
    }
    return vm;
  }

  /** Machines in the order of their numbers. */
  sortedVms(): VmRecord[] {
    return [...this.vms.values()].sort((a, b) => a.vmid - b.vmid);
  }

  /** Writes the file beside the old one and renames it, so that a reader or a crash sees the old or the new one. */
  save(): void {
    const finished = [...this.tasks.values()].filter(
      task => task.status === 'stopped',
    );
    for (const { upid } of finished.slice(0, -REMEMBERED_TASKS)) {
      this.tasks.delete(upid);
    }
    const snapshot: Snapshot = {
      version: 1,
      nextPid: this.nextPid,
      vms: this.sortedVms(),
      pools: [...this.pools].map(([id, pool]) => ({ id, ...pool })),
      tasks: [...this.tasks.values()],
    };
    mkdirSync(dirname(this.#file), { recursive: true });
    const beside = `${this.#file}.new`;
    writeFileSync(beside, JSON.stringify(snapshot), { mode: 0o600 });
    renameSync(beside, this.#file);
  }

  #load(): void {
    let text: string;
    try {
      text = readFileSync(this.#file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    const snapshot = JSON.parse(text) as Snapshot;
    if (snapshot.version !== 1) {
      throw new Error(
        `${
          this.#file
        } was written by another version of the lab: run "yarn lab reset"`,
      );
    }
    this.nextPid = snapshot.nextPid;
    for (const vm of snapshot.vms) this.vms.set(vm.vmid, vm);
    for (const { id, ...pool } of snapshot.pools) this.pools.set(id, pool);
    for (const task of snapshot.tasks) {
      // A task dies with its host. Proxmox then knows no result, and a machine that was being cloned stays locked.
      if (task.status === 'running') {
        task.status = 'stopped';
        task.exitstatus = 'unexpected status';
        task.endtime = Math.floor(Date.now() / 1000);
      }
      this.tasks.set(task.upid, task);
    }
  }
}
