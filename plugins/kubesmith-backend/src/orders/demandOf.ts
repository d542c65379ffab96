import type {
  FieldProblem,
  OrderDraft,
} from '@kubesmith/plugin-kubesmith-common';
import type { EnvironmentConfig } from '../config/types';
import type { CatalogPeople } from '../people/CatalogPeople';
import type { Demand } from '../quotas/Quotas';
import { amountsOf } from '../quotas/amounts';
import type { ClusterRecord } from '../database/records';
import type { Caller } from './caller';
import { readEntityRef } from './readEntityRef';

/**
 * What an order needs, as quotas see it, as far as the order is filled in; undefined while environment or owner are not known,
 * or not the caller's to choose: then it is nobody's quota.
 */
export async function demandOf(
  draft: OrderDraft,
  known: {
    caller: Caller;
    /** Where the caller may order. */
    environments: readonly EnvironmentConfig[];
    people: Pick<CatalogPeople, 'claimsOf'>;
    /** What is wrong with the draft. */
    problems: readonly FieldProblem[];
  },
): Promise<Demand | undefined> {
  const { caller, environments, people } = known;
  const wrong = new Set(known.problems.map(({ field }) => field));
  const environment = environments.find(
    ({ name }) => name === draft.environment,
  );
  const owner = readEntityRef(draft.owner || caller.userRef);
  if (!environment || !owner || wrong.has('owner')) return undefined;
  const { workers } = draft;
  const hasWorkers =
    Number.isInteger(workers) &&
    workers! >= 0 &&
    workers! <= environment.maxWorkers;
  return {
    environment: environment.name,
    environmentTitle: environment.title,
    environmentOwner: environment.owner,
    owner,
    // A cluster for another person counts for that person; one for a group, for the one who orders it.
    person:
      owner.startsWith('user:') && owner !== caller.userRef
        ? { userRef: owner, claims: await people.claimsOf(owner) }
        : caller,
    amounts: amountsOf({
      workers: hasWorkers ? workers : undefined,
      size: environment.sizes.find(({ name }) => name === draft.size),
    }),
  };
}

/**
 * What a cluster that there is already would use more, such as by more workers or in another environment. Asks the catalog: not
 * to be called within a transaction.
 *
 * @param cluster - with the environment in which it is to use more
 */
export async function demandOfCluster(
  cluster: Pick<
    ClusterRecord,
    'environment' | 'environmentOwner' | 'owner' | 'createdBy'
  >,
  amounts: Demand['amounts'],
  people: Pick<CatalogPeople, 'claimsOf'>,
): Promise<Demand> {
  const { environment, environmentOwner, owner } = cluster;
  const userRef = personOf(cluster);
  return {
    environment,
    environmentOwner,
    owner,
    person: { userRef, claims: await people.claimsOf(userRef) },
    amounts,
  };
}

/** The person for whom a cluster counts: its owner, or who ordered it for a group. */
export function personOf({
  createdBy,
  owner,
}: Pick<ClusterRecord, 'createdBy' | 'owner'>): string {
  return owner.startsWith('user:') ? owner : createdBy;
}
