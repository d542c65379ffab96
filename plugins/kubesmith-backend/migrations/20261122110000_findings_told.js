// @ts-check

/**
 * Administrators are told of each finding once, and not forgotten when notifications are away: see `src/reconciler`.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.alterTable('findings', table => {
    table
      .bigInteger('told_at')
      .nullable()
      .comment('When administrators were told of it');
  });
  // Of these they were told when they were seen for the second time.
  await knex('findings')
    .where('sightings', '>=', 2)
    .update({ told_at: knex.ref('last_seen_at') });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.alterTable('findings', table => {
    table.dropColumn('told_at');
  });
};
