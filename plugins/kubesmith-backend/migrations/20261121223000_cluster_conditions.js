// @ts-check

/**
 * What was seen inside ready clusters: see `src/conditions`. Times are milliseconds of the database's clock.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('cluster_conditions', table => {
    table.comment('What was seen inside ready clusters in the last look');
    table.uuid('cluster_id').notNullable().references('id').inTable('clusters');
    table.string('type', 40).notNullable();
    table.string('status', 10).notNullable().comment('true, false or unknown');
    table.string('reason', 60).notNullable();
    table.text('message').notNullable();
    table.text('next_step').nullable();
    table
      .bigInteger('since')
      .notNullable()
      .comment('Since when the status is this one');
    table.bigInteger('checked_at').notNullable();
    table.primary(['cluster_id', 'type']);
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('cluster_conditions');
};
