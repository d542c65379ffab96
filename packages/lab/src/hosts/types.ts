/**
 * The seam between the Proxmox API double and the hosts below it: what the double asks for when its API is told to clone,
 * start, stop or delete a virtual machine, and what the guest agent of that machine would answer.
 */

/** One virtual machine as the hypervisor's configuration describes it at this moment. */
export interface HostSpec {
  /** Proxmox's number of the machine, unique in the lab instance. */
  vmid: number;
  /** Name of the virtual machine, which is not necessarily the host name inside. */
  name: string;
  /** Hypervisor host that it is placed on, `pve1` for instance. Has no effect on the machine itself. */
  node: string;
  /** Image that it is cloned from: with Kubernetes inside (`golden`), with an older one (`older`), or without (`plain`). */
  rootfs: 'golden' | 'plain' | 'older';
  cores: number;
  memoryMiB: number;
  diskGiB: number;
  /** MAC address of its only network card, `bc:24:11:…`. */
  macAddress: string;
  /** UUID in its SMBIOS table, which the kubelet reports as `systemUUID`. */
  smbiosUuid: string;
  cloudInit: CloudInit;
}

/** cloud-init data, as Proxmox VE hands it to the machine at each start. */
export interface CloudInit {
  /** User to create, with `sudo` without a password; the image's default user if not given. */
  user?: string;
  /** OpenSSH public keys that may log in as that user. */
  sshKeys: string[];
  /** Static address in CIDR notation. */
  address?: string;
  gateway?: string;
  nameservers: string[];
  hostname: string;
}

/** A network interface as the guest agent reports it. */
export interface GuestInterface {
  name: string;
  /** MAC address, lower case. */
  hardwareAddress: string;
  addresses: { type: 'ipv4' | 'ipv6'; address: string; prefix: number }[];
}

/** The QEMU guest agent of one host, answered from the real host. */
export interface GuestAgent {
  ping(): Promise<void>;
  interfaces(): Promise<GuestInterface[]>;
  /** Content of a regular file inside the host. Rejects with Node's `ENOENT`-like message if it cannot be read. */
  readFile(path: string): Promise<Buffer>;
  /** Fields of QEMU's `guest-get-osinfo`: `id`, `name`, `pretty-name`, `version-id`, `kernel-release`, `machine`, … */
  osInfo(): Promise<Record<string, string>>;
  hostname(): Promise<string>;
}

/** Runs the hosts. All methods may be called again with the same arguments without harm. */
export interface HostDriver {
  /** Clones the root file system (under a second); the host is off. Idempotent per vmid. */
  create(spec: HostSpec): Promise<void>;
  /** Applies the newest cloud-init data and boots. Resolves when the host's pid 1 runs, not when sshd answers. */
  start(spec: HostSpec): Promise<void>;
  /** Graceful with a limit, then hard. Resolves when the host is off. */
  shutdown(vmid: number, timeoutSeconds: number): Promise<void>;
  /** Pulls the plug. */
  stop(vmid: number): Promise<void>;
  /** Pulls the plug and removes everything of the host. */
  remove(vmid: number): Promise<void>;
  /** Keeps what is on the host's disks, also of a running one: it stands still meanwhile, as if its power failed at that moment. */
  snapshot(vmid: number, name: string): Promise<void>;
  /** Gives a host that is off the disks of a snapshot. */
  rollback(vmid: number, name: string): Promise<void>;
  removeSnapshot(vmid: number, name: string): Promise<void>;
  isRunning(vmid: number): Promise<boolean>;
  /** What a guest agent would answer; its methods reject with `GuestAgentNotRunning` until systemd in the host is up. */
  agent(vmid: number): GuestAgent;
  /** Numbers of all hosts that exist, running or not. */
  list(): Promise<number[]>;
}

/** The host is off, or not yet far enough in its boot for an agent to answer. */
export class GuestAgentNotRunning extends Error {
  override name = 'GuestAgentNotRunning';
}
