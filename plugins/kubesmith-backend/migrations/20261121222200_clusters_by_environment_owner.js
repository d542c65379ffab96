// @ts-check

/**
 * Who runs environments sees all of their clusters: lists ask for the group.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.alterTable('clusters', table => {
    table.index('environment_owner');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.alterTable('clusters', table => {
    table.dropIndex('environment_owner');
  });
};
