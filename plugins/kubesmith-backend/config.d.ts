/** A time span; the parts add up. */
type KubesmithDuration = {
  seconds?: number;
  minutes?: number;
  hours?: number;
  days?: number;
};

/** Settings for nodes, as the Ansible roles take them. */
type KubesmithNodeOverrides = {
  kubelet?: { [key: string]: unknown };
  kube_proxy?: { [key: string]: unknown };
  kubeadm?: { ignore_preflight_errors?: string[] };
  containerd?: { restrict_oom_score_adj?: boolean };
  mirrors?: { apt_kubernetes?: { url: string; key_url: string } | null };
};

export interface Config {
  /** Self-service Kubernetes clusters on Proxmox VE. */
  kubesmith: {
    /** Folder for the engine's workspaces, on a disk that survives a restart. */
    dataDirectory: string;
    /** Entity refs of users and groups who may do everything. */
    administrators?: string[];
    /**
     * What decides who may do what: Kubesmith's policy module (default), or another engine that has been given the rules of its
     * README. With NODE_ENV=production the backend does not start when this is not so.
     */
    policyEngine?: 'kubesmith' | 'other';
    encryption: {
      /** Keys for secrets at rest: the first one encrypts, all decrypt. Keep old ones until nothing uses them. */
      keys: Array<{
        id: string;
        /**
         * 32 random bytes in base64.
         * @visibility secret
         */
        secret: string;
      }>;
    };
    proxmox: {
      /** Such as https://pve.example.org:8006 */
      endpoint: string;
      /** USER@REALM!NAME */
      tokenId: string;
      /** @visibility secret */
      tokenSecret: string;
      /** PEM file with the CA of the API's certificate; the system's CAs when absent. */
      caFile?: string;
      /** Settings for the nodes of all environments that have none of their own, also of those that staff make in the portal. */
      nodeOverrides?: KubesmithNodeOverrides;
    };
    tools?: {
      /** Terraform or OpenTofu; found on PATH by default. */
      terraform?: string;
      ansiblePlaybook?: string;
      /** The Terraform root module; the one that comes with the package by default. */
      terraformRoot?: string;
      /** The playbook's folder; the one that comes with the package by default. */
      ansibleRoot?: string;
      terraformCliConfigFile?: string;
    };
    kubeconfigs?: {
      /** The longest time for which kubeconfigs are issued; 24 by default, at most 168 (a week). */
      maxHours?: number;
    };
    audit?: {
      /** How long the audit trail is kept; a year by default. */
      retention?: KubesmithDuration;
    };
    tokens?: {
      /** How long people may make access tokens last; 90 days by default. */
      maxLifetime?: KubesmithDuration;
    };
    /** How much of the hosts Kubesmith may use, and who waits; see docs/staff/capacity.md. */
    capacity?: {
      /** Machines that are cloned from one template at once, by all replicas together; 4 by default. */
      clonesAtOnce?: number;
      /** Of each host's memory, what no machine gets beyond what the host itself uses; 1 by default. */
      memoryReserveGiB?: number;
      /** How much memory may be promised in proportion to what there is; 1 by default, at most 10. */
      memoryOvercommit?: number;
      /** Of each storage, what no machine gets; 5 by default. */
      storageReservePercent?: number;
      /** How long smaller orders may pass one for which there is no room; a day by default. */
      mayBePassedFor?: KubesmithDuration;
    };
    /** Backups of clusters' etcd that the portal takes by itself; see docs/user/backups.md. */
    backups?: {
      /** Whether it takes any; it does by default. */
      automatic?: boolean;
      /** How often of each ready cluster, from an hour to 30 days; every 6 hours by default. */
      every?: KubesmithDuration;
      /** How many at once, by all replicas together; 1 by default, at most 3. */
      atOnce?: number;
    };
    sizes: Array<{
      name: string;
      title?: string;
      vcpu: number;
      memoryGiB: number;
      diskGiB: number;
    }>;
    environments: Array<{
      name: string;
      title?: string;
      description?: string;
      /** Entity ref of the group that runs the environment. */
      owner: string;
      /** Entity refs of who may order here, besides the owner and the administrators. */
      members?: string[];
      pool: {
        name: string;
        cidr: string;
        first: string;
        last: string;
        gateway: string;
        dnsServers: string[];
        /** How long a released address rests; not at all by default. */
        quarantine?: KubesmithDuration;
      };
      proxmox: {
        /** The Proxmox resource pool; made by the administrator. */
        pool: string;
        hosts: string[];
        templateVmid: number;
        /** Needed when the template lies on a host's own storage. */
        templateHost?: string;
        datastore: string;
        bridge: string;
        vlan?: number;
        /** Machine ids that nothing else uses. */
        vmids: { first: number; last: number };
      };
      /** Names of sizes. */
      sizes: string[];
      /** The default one first. */
      kubernetesVersions: string[];
      cni: string;
      /** 0 to 19; 19 by default. */
      maxWorkers?: number;
      /** How long a cluster lives; 90 days by default. */
      lease?: KubesmithDuration;
      /** How far ahead it may be extended; four times `lease` by default. */
      maxLease?: KubesmithDuration;
      /** How long an expired cluster is kept before it is deleted; 7 days by default. */
      grace?: KubesmithDuration;
      /** When new clusters sleep and wake by themselves: cron patterns with five fields, and an IANA time zone. Their owners may change it. */
      timetable?: { sleep: string; wake?: string; timeZone: string };
      /** Settings for the nodes, in place of those of `proxmox`. */
      nodeOverrides?: KubesmithNodeOverrides;
    }>;
  };
}
