/** What a caller chooses about the double: its network, its imagined datacenter, its users, its pace. All of it is data. */

/** A hypervisor host. The first one in the list is the one whose API is being talked to. */
export interface HypervisorHost {
  name: string;
  cpus: number;
  memoryMiB: number;
}

/** A storage, present on every host. `shared`: a template on it can be cloned to another host. */
export interface StorageOptions {
  id: string;
  /** Proxmox's name of the kind of storage, `rbd` or `lvmthin` for instance. It decides how linked clones are named. */
  type: string;
  content: string[];
  shared: boolean;
  totalGiB: number;
}

/** A template to clone from. */
export interface TemplateOptions {
  vmid: number;
  name: string;
  node: string;
  storage: string;
  bridge: string;
  /** Image of the lab that stands for the template's disk. */
  rootfs: 'golden' | 'plain' | 'older';
  cores: number;
  memoryMiB: number;
  diskGiB: number;
}

/** One line of the access control list, as `pveum acl modify PATH --users|--tokens WHO --roles ROLE` writes it. */
export interface AclEntry {
  path: string;
  /** `user@realm` or `user@realm!token`. */
  subject: string;
  role: string;
  /** Whether it holds below the path too; Proxmox's default is that it does. */
  propagate?: boolean;
}

/** Users, tokens, roles and the access control list. */
export interface AccessOptions {
  /** `user@realm`; `root@pam` may do anything and needs no entry. */
  users: string[];
  tokens: { id: string; secret: string; privilegeSeparation: boolean }[];
  /** Privileges by role name. */
  roles: Record<string, string[]>;
  acl: AclEntry[];
}

/** Least time in milliseconds that tasks take, by task type; `default` for the others. */
export type TaskDurations = { default: number } & Record<string, number>;

/** Everything that can be written down in a configuration file, that is, all but the driver of the hosts. */
export interface ProxmoxDoubleConfig {
  listen: { host: string; port: number };
  /** PEM texts. */
  tls: { key: string; cert: string };
  /** JSON file that keeps the virtual machines over a restart. */
  stateFile: string;
  /** File that gets one line of JSON for each call; no file if not given. */
  callLogFile?: string;
  hosts: HypervisorHost[];
  storage: StorageOptions[];
  bridges: string[];
  pools: { id: string; comment?: string }[];
  templates: TemplateOptions[];
  access: AccessOptions;
  taskDurations: TaskDurations;
  /** Delay of an answer of status 401; Proxmox takes 3 000 ms. */
  unauthorizedDelayMs?: number;
  /**
   * Holds the answer to "is the task done?" until it is done, for at most so many milliseconds. Proxmox does not do this: it
   * only makes a demo faster, as the provider asks once a second. 0, the default, switches it off.
   */
  holdTaskStatusMs?: number;
}

/** Durations as people see them on a small cluster with fast shared storage. */
export const realisticTaskDurations: TaskDurations = {
  default: 400,
  qmclone: 1200,
  qmstart: 800,
  qmstop: 500,
  qmdestroy: 900,
  qmigrate: 2500,
  resize: 300,
};

/** Tasks that are done when the next request arrives. For tests. */
export const instantTaskDurations: TaskDurations = { default: 0 };
