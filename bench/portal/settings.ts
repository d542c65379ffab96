/** What a {@link BenchPortal} is told on its command line, as JSON. */
export interface PortalSettings {
  /** The section `backend.database` of the configuration. */
  database: object;
  /** The plugin's data directory. */
  folder: string;
  /** The section `kubesmith`. */
  kubesmith: object;
  /** The real catalog, which takes entities in and either goes on to process them or leaves them as they are; or none. */
  catalog: 'none' | 'still' | 'working';
  /**
   * `records`: nothing is built, Proxmox is in memory and has the machines of all records, scheduled tasks run when they are asked to.
   * `orders`: the real engine with real Terraform, at the Proxmox that the configuration names; the nodes are simulated.
   */
  world: 'records' | 'orders';
}

/** What one turn of a scheduled task took. */
export interface Turn {
  ms: number;
  /** Of it, writing to the catalog; 0 for tasks that do not. */
  mutationMs: number;
}

/** What it is asked on its standard input, a line of JSON each; it answers in their order. */
export type PortalQuestion =
  | { ask: 'turn'; task: string }
  /** Tells as the plugin does that a cluster changed, and waits until the catalog took it in. */
  | { ask: 'delta'; clusterId: string }
  /** How long the event loop was held up since the last time, in milliseconds. */
  | { ask: 'eventLoop' }
  | { ask: 'memory' };
