import type { EnvironmentConfig, NodeOverrides } from '../config/types';

/** Where an environment is described. */
export type EnvironmentSource = 'configuration' | 'portal';

/** An environment as it is in force. Times are milliseconds since the epoch. */
export interface EnvironmentRecord extends EnvironmentConfig {
  /** `configuration`: read-only in the portal. */
  source: EnvironmentSource;
  /** Taken out of the configuration while clusters remain: nothing can be ordered there any more. */
  retired: boolean;
  /** Counted up with each change. */
  version: number;
  /** Entity refs of users; undefined for what came from the configuration. */
  createdBy?: string;
  updatedBy?: string;
  createdAt: number;
  updatedAt: number;
}

/**
 * What is stored of an environment: sizes by name, because the configuration describes them, and the settings of nodes only when
 * they are not the configuration's for all.
 */
export type StoredDefinition = Omit<
  EnvironmentConfig,
  'sizes' | 'nodeOverrides'
> & {
  sizes: string[];
  nodeOverrides?: NodeOverrides;
};
