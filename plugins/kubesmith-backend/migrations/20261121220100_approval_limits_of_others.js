// @ts-check

/**
 * Who changes the limits of approval does not free their own orders: the limits that somebody else set last are kept for these.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.alterTable('approval_limits', table => {
    table
      .text('others_limits')
      .nullable()
      .comment('JSON: the last ones that were not set by updated_by');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.alterTable('approval_limits', table => {
    table.dropColumn('others_limits');
  });
};
