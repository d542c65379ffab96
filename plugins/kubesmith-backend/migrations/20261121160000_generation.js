// @ts-check
const { randomUUID } = require('node:crypto');

/**
 * What tells a database from a restored backup of itself: see `src/restore`.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('database_generation', table => {
    table.comment(
      'One row: which database this is, and whether it was restored',
    );
    table.integer('id').primary();
    table.uuid('database_id').notNullable().comment('Made with the database');
    table
      .integer('generation')
      .notNullable()
      .comment('Counted up when a restored database is accepted');
    table
      .string('restore_state', 20)
      .nullable()
      .comment('detected, compared, or null: nothing is the matter');
    table.bigInteger('restore_detected_at').nullable();
    table.text('restore_reason').nullable();
  });
  await knex('database_generation').insert({
    id: 1,
    database_id: randomUUID(),
    generation: 1,
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('database_generation');
};
