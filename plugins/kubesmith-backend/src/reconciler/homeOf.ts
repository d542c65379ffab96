import type { EnvironmentConfig } from '../config/types';
import type { Sighting } from './records';

/**
 * Where a finding belongs that names a cluster: environments may share a pool, and who looks after one of them learns nothing of
 * the clusters of another. When the cluster's environment is gone, it belongs where it was seen.
 */
export function homeOf(
  cluster: { environment: string } | undefined,
  seenIn: string,
  environments: readonly Pick<EnvironmentConfig, 'name'>[],
): Pick<Sighting, 'environment' | 'seenIn'> {
  const home = environments.find(({ name }) => name === cluster?.environment);
  return !home || home.name === seenIn
    ? { environment: seenIn }
    : { environment: home.name, seenIn };
}
