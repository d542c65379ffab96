// @ts-check

/**
 * Findings belong to the environment of the cluster that they name, also when they were seen in the pool of another one.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.alterTable('findings', table => {
    table
      .string('seen_in', 63)
      .nullable()
      .comment('The environment in whose pool it was seen, if another one');
  });
  // What was found until now says so too.
  const rows = await knex('findings as f')
    .join('clusters as c', join =>
      join.on('f.cluster_id', knex.raw('cast(c.id as varchar(36))')),
    )
    .whereRaw('c.environment <> f.environment')
    .select('f.id', 'f.environment', 'c.environment as home');
  for (const { environment, home, id } of rows)
    await knex('findings')
      .where({ id })
      .update({ environment: home, seen_in: environment });
};

/**
 * @param {import('knex').Knex} knex
 */
exports.down = async function down(knex) {
  await knex('findings')
    .whereNotNull('seen_in')
    .update({ environment: knex.ref('seen_in') });
  await knex.schema.alterTable('findings', table => {
    table.dropColumn('seen_in');
  });
};
