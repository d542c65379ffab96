import type { PermissionCriteria } from '@backstage/plugin-permission-common';
import {
  isAndCriteria,
  isNotCriteria,
  isOrCriteria,
} from '@backstage/plugin-permission-node';
import type { ClusterFilter } from '@kubesmith/plugin-kubesmith-node';
import type { Knex } from 'knex';
import { selectSharedWith } from './liveShares';

const columns: Record<Exclude<ClusterFilter['key'], 'sharedWith'>, string> = {
  owner: 'clusters.owner',
  environment: 'clusters.environment',
  environmentOwner: 'clusters.environment_owner',
  phase: 'clusters.phase',
};

/** Narrows a query on clusters down to what permission criteria allow. Use as `query.where(q => applyCriteria(q, c))`. */
export function applyCriteria(
  query: Knex.QueryBuilder,
  criteria: PermissionCriteria<ClusterFilter>,
): Knex.QueryBuilder {
  if (isNotCriteria(criteria)) {
    return query.whereNot(inner => applyCriteria(inner, criteria.not));
  }
  if (isAndCriteria(criteria)) {
    for (const part of criteria.allOf) {
      query.andWhere(inner => applyCriteria(inner, part));
    }
    return query;
  }
  if (isOrCriteria(criteria)) {
    for (const part of criteria.anyOf) {
      query.orWhere(inner => applyCriteria(inner, part));
    }
    return query;
  }
  if (criteria.key === 'sharedWith') {
    const { values, role } = criteria;
    return query.whereIn(
      'clusters.id',
      shares => void selectSharedWith(shares, values, role),
    );
  }
  const column = columns[criteria.key];
  if (!column) {
    throw new Error(`Cannot filter clusters by '${criteria.key}'`);
  }
  return query.whereIn(column, criteria.values);
}
