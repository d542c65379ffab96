/** A virtual machine as the cluster-wide list shows it, which lags by up to 10 s. */
export interface PveVm {
  vmid: number;
  name: string;
  /** The Proxmox host. */
  node: string;
  status: string;
  pool?: string;
  tags?: string;
  template: boolean;
  /** Set while Proxmox works on it, e.g. `clone`. */
  lock?: string;
  /** What it may use and what it uses, in bytes. */
  memoryMax?: number;
  memoryUsed?: number;
}

/** A storage as one host sees it. Space in bytes. */
export interface PveStorage {
  /** The Proxmox host. */
  node: string;
  storage: string;
  /** All hosts see the same one. */
  shared: boolean;
  total: number;
  used: number;
}

/** A virtual machine or a container, as far as both are alike. */
export interface PveGuest {
  kind: 'qemu' | 'lxc';
  vmid: number;
  /** The Proxmox host. */
  node: string;
  status: string;
  template: boolean;
}

/** A Proxmox host. Memory in bytes. */
export interface PveHost {
  node: string;
  online: boolean;
  memoryTotal: number;
  memoryUsed: number;
  memoryFree: number;
  cpus: number;
}

/** The configuration of a machine: a flat object of strings and numbers. */
export type PveVmConfig = Record<string, string | number | undefined>;

/** How far a task of Proxmox is. `exitStatus` is `OK`, `WARNINGS: n` or the text of an error. */
export interface PveTask {
  upid: string;
  node: string;
  type: string;
  /** What it works on: the VMID for most. */
  id: string;
  running: boolean;
  exitStatus?: string;
  /** Seconds since the epoch. */
  startTime: number;
}

/** A network interface as the guest agent lists it. */
export interface PveGuestInterface {
  name: string;
  macAddress: string;
  addresses: string[];
}
