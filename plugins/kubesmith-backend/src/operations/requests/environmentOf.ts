import type { ClusterRecord } from '../../database/records';
import type { Environments } from '../../environments/Environments';
import type { EnvironmentRecord } from '../../environments/records';
import { conflict } from '../../errors/apiErrors';

/**
 * The environment whose rules a change of the cluster keeps.
 *
 * @throws 409 `KUBESMITH-ENVIRONMENT-GONE` when it was taken out of the configuration while it had clusters
 */
export async function environmentOf(
  { environment }: Pick<ClusterRecord, 'environment'>,
  environments: Pick<Environments, 'find'>,
): Promise<EnvironmentRecord> {
  const found = await environments.find(environment);
  if (!found) throw conflict('KUBESMITH-ENVIRONMENT-GONE', { environment });
  return found;
}
