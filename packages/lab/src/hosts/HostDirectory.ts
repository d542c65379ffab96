import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../system/files.ts';
import type { HostSpec } from './types.ts';

/** What is known of a host, also while it is off. */
export interface HostRecord {
  /** Root file system that it was cloned from; stays the same if the image is built anew. */
  image: string;
  /** As of its creation or last start. */
  spec: HostSpec;
}

/** Where everything of one host is, below the instance's state folder. */
export class HostDirectory {
  readonly path: string;

  constructor(hosts: string, vmid: number) {
    this.path = join(hosts, String(vmid));
  }

  /** `HostRecord`: what the host was cloned from. Written last, so a host without it is half a clone. */
  get record() {
    return join(this.path, 'host.json');
  }

  /** Mount point of the root file system, seen as mounted by the host alone. */
  get root() {
    return join(this.path, 'root');
  }

  /** What the host has changed in its root file system. */
  get upper() {
    return join(this.path, 'upper');
  }

  /** Overlayfs's own folder. */
  get work() {
    return join(this.path, 'work');
  }

  /** Folders of the host that must not be on an overlay, by their path inside. */
  get plainFolders() {
    return {
      '/var/lib/containerd': join(this.path, 'containerd'),
      '/var/lib/kubelet': join(this.path, 'kubelet'),
    };
  }

  /** What a host has on disks of its own. */
  get disks() {
    return [this.upper, ...Object.values(this.plainFolders)];
  }

  /** Copies of the disks as they were at some moment. */
  snapshot(name: string) {
    return join(this.path, 'snapshots', name);
  }

  /** Data for `guest-init.sh`. */
  get seed() {
    return join(this.path, 'seed');
  }

  /** Console output since the last start. */
  get console() {
    return join(this.path, 'console.log');
  }
}

/** @throws Error with code ENOENT for a host that does not exist, or not completely */
export async function readRecord(host: HostDirectory): Promise<HostRecord> {
  return JSON.parse(await readFile(host.record, 'utf8')) as HostRecord;
}

/** Writes down what is known of a host, in one step. */
export async function writeRecord(
  host: HostDirectory,
  record: HostRecord,
): Promise<void> {
  await writeAtomically(host.record, JSON.stringify(record, null, 2));
}
