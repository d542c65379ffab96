// @ts-check

/**
 * Timetables that come from calendars: see `src/schedules/calendar`.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.alterTable('cluster_schedules', table => {
    table
      .text('calendar')
      .nullable()
      .comment('In place of the patterns: when the cluster is awake, as JSON');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  // Without these times they would say nothing.
  await knex('cluster_schedules').whereNotNull('calendar').delete();
  await knex.schema.alterTable('cluster_schedules', table => {
    table.dropColumn('calendar');
  });
};
