import type { Knex } from 'knex';

/** How many clusters an environment has that are not deleted. */
export async function countClusters(
  tx: Knex,
  environment: string,
): Promise<number> {
  const [row] = await tx('clusters')
    .where({ environment })
    .whereNull('deleted_at')
    .count({ n: '*' });
  return Number((row as unknown as { n: string | number }).n);
}

/** How many clusters each environment has that are not deleted, by its name. */
export async function countAllClusters(tx: Knex): Promise<Map<string, number>> {
  const rows: Array<{ environment: string; n: string | number }> = await tx(
    'clusters',
  )
    .whereNull('deleted_at')
    .groupBy('environment')
    .select('environment')
    .count({ n: '*' });
  return new Map(rows.map(row => [row.environment, Number(row.n)]));
}
