// @ts-check

/**
 * On which machine the folder of a cluster's tools is: see `src/workspaces`.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('workspaces', table => {
    table.comment('Where the tools of a cluster run: one place at a time');
    table.uuid('cluster_id').primary();
    table
      .string('place', 200)
      .notNullable()
      .comment('Id of a data directory, and the name of its machine');
    table
      .bigInteger('busy_since')
      .nullable()
      .comment('Tools may run at the place since then; null: none does');
    table
      .bigInteger('wanted_since')
      .nullable()
      .comment(
        'Since then another place has the lease, and waits for the end of tools here',
      );
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('workspaces');
};
