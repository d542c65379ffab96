// @ts-check

/**
 * Quotas: how much may be used at the same time, in which environment and by whom.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('quotas', table => {
    table.comment('How much may be used at the same time, where and by whom');
    table.uuid('id').primary();
    table.string('environment', 63).notNullable();
    table
      .string('scope', 20)
      .notNullable()
      .comment('environment, group, each-member, each-person or person');
    table
      .string('subject', 255)
      .notNullable()
      .comment('Entity ref of the group or person; empty for the other scopes');
    table.text('limits').notNullable().comment('JSON');
    table
      .bigInteger('version')
      .notNullable()
      .defaultTo(0)
      .comment('Counted up by each order that the quota applies to: the lock');
    table.string('updated_by', 255).notNullable();
    table.bigInteger('updated_at').notNullable();
    table.unique(['environment', 'scope', 'subject']);
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('quotas');
};
