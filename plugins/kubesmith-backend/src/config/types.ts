import type { Size } from '@kubesmith/plugin-kubesmith-common';
import type { AutomaticBackups } from '../backups/dueBackups';
import type { CapacityLimits } from '../capacity/records';
import type { Timetable } from '../schedules/timetable';

/** The whole `kubesmith:` section, checked and with defaults filled in. */
export interface KubesmithConfig {
  /** Absolute folder for the engine's workspaces; made with mode 0700. */
  dataDirectory: string;
  /** Entity refs of the department's administrators; what they may do, the permission plugin's policies say. */
  administrators: string[];
  encryption: {
    /** The first one encrypts, all decrypt. */
    keys: EncryptionKey[];
  };
  proxmox: ProxmoxConnection;
  tools: ToolsConfig;
  kubeconfigs: {
    /** How long one lasts when nothing else is asked for. */
    defaultHours: number;
    maxHours: number;
  };
  tokens: {
    /** How long people may make access tokens last. */
    maxDays: number;
  };
  audit: {
    /** How long entries of the audit trail are kept. */
    retentionMs: number;
  };
  capacity: CapacityLimits;
  backups: AutomaticBackups;
  /** All sizes that environments may offer. */
  sizes: Size[];
  environments: EnvironmentConfig[];
}

/** One key for secrets at rest. */
export interface EncryptionKey {
  id: string;
  /** 32 bytes. */
  secret: Buffer;
}

/** How to reach Proxmox VE. */
export interface ProxmoxConnection {
  /** Without a path, such as `https://pve.example.org:8006`. */
  endpoint: string;
  /** `user@realm!name` */
  tokenId: string;
  tokenSecret: string;
  /** Absolute path of a PEM file with the CA that signed the API's certificate; the system's CAs when absent. */
  caFile?: string;
  /** For the nodes of environments that say nothing about it. */
  nodeOverrides?: NodeOverrides;
}

/** The programs that do the work, and what they work on. */
export interface ToolsConfig {
  /** Terraform or OpenTofu: a name on PATH, or an absolute path. */
  terraform: string;
  ansiblePlaybook: string;
  /** Absolute folder of the Terraform root module. */
  terraformRoot: string;
  /** Absolute folder of the playbook. */
  ansibleRoot: string;
  /** Absolute path for TF_CLI_CONFIG_FILE. */
  terraformCliConfigFile?: string;
}

/** Where clusters live and who runs it. */
export interface EnvironmentConfig {
  name: string;
  title: string;
  description?: string;
  /** Entity ref of the group that runs it. */
  owner: string;
  /** Entity refs of those whom it is for; policies decide what members may order. */
  members: string[];
  pool: PoolConfig;
  proxmox: EnvironmentProxmoxConfig;
  /** The sizes on offer, in the order of the configuration. */
  sizes: Size[];
  /** The versions on offer, the default one first. */
  kubernetesVersions: string[];
  cni: string;
  maxWorkers: number;
  /** How long a cluster lives when nobody says otherwise. */
  leaseDays: number;
  /** How long it may live from now at most, however often it is extended. */
  maxLeaseDays: number;
  /** How long an expired cluster is kept before it is deleted. */
  graceDays: number;
  /** When its new clusters sleep and wake, until somebody changes that. */
  timetable?: Timetable;
  /** Its own, or those of all nodes on this Proxmox. */
  nodeOverrides: NodeOverrides;
}

/** A range of addresses for nodes and API addresses. Addresses are dotted. */
export interface PoolConfig {
  name: string;
  cidr: string;
  /** Of `cidr`, for the addresses of machines. */
  prefixLength: number;
  first: string;
  last: string;
  gateway: string;
  dnsServers: string[];
  /** How long a released address rests before it is given out again. */
  quarantineMs: number;
}

/** Where an environment's machines are made. */
export interface EnvironmentProxmoxConfig {
  /** The Proxmox resource pool, made by the administrator. */
  pool: string;
  hosts: string[];
  templateVmid: number;
  /** The host of the template; any when absent (shared storage). */
  templateHost?: string;
  datastore: string;
  bridge: string;
  vlan?: number;
  /** The VMIDs that are ours, both ends included. */
  vmids: { first: number; last: number };
}

/** Settings of nodes, in exactly the shape that the Ansible roles take. */
export interface NodeOverrides {
  kubelet: Record<string, unknown>;
  kube_proxy: Record<string, unknown>;
  kubeadm: { ignore_preflight_errors: string[] };
  containerd: { restrict_oom_score_adj: boolean };
  mirrors: { apt_kubernetes: { url: string; key_url: string } | null };
}
