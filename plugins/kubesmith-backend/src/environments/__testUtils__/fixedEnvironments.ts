import type { EnvironmentConfig } from '../../config/types';
import type { EnvironmentSource } from '../Environments';
import type { EnvironmentRecord } from '../records';

/** In place of the table: environments that nobody changes. */
export function fixedEnvironments(
  environments: EnvironmentConfig[],
): EnvironmentSource {
  const records = environments.map(
    (environment): EnvironmentRecord => ({
      ...environment,
      source: 'configuration',
      retired: false,
      version: 1,
      createdAt: 0,
      updatedAt: 0,
    }),
  );
  return {
    current: async () => records,
    find: async name => records.find(record => record.name === name),
  };
}
