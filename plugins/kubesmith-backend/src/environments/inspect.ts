import type { EnvironmentConfig } from '../config/types';

/** One thing that was seen in Proxmox about an environment. */
export interface EnvironmentFinding {
  /** `info` is a fact that may be as wanted, `warning` works but will hurt, `problem` does not work. */
  level: 'ok' | 'info' | 'warning' | 'problem';
  /** One sentence. */
  text: string;
  /** What to do; always there for a problem. */
  remedy?: string;
}

/**
 * Looks in Proxmox for what an environment needs: privileges, pool, hosts, template, storage, bridge, VMIDs, addresses. Changes
 * nothing there.
 *
 * @param known - VMIDs of machines that the records know
 */
export type InspectEnvironment = (
  environment: EnvironmentConfig,
  known: Set<number>,
) => Promise<EnvironmentFinding[]>;
