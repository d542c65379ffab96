// @ts-check

/**
 * When clusters sleep and wake by themselves: see `src/schedules`. Times are milliseconds of the database's clock.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('cluster_schedules', table => {
    table.comment('When clusters sleep and wake by themselves');
    table.uuid('cluster_id').primary().references('id').inTable('clusters');
    table.string('sleep', 100).notNullable().comment('Cron pattern');
    table.string('wake', 100).nullable().comment('Cron pattern');
    table.string('time_zone', 60).notNullable().comment('IANA name');
    table.string('set_by', 255).notNullable();
    table.bigInteger('set_at').notNullable();
    table
      .bigInteger('looked_until')
      .notNullable()
      .comment('All moments up to this one were dealt with');
    table
      .bigInteger('next_at')
      .notNullable()
      .comment('The next moment')
      .index();
    table.string('due_kind', 20).nullable().comment('hibernate or wake');
    table
      .bigInteger('due_at')
      .nullable()
      .comment('The moment that is still to be acted on');
    table.bigInteger('snoozed_until').nullable();
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('cluster_schedules');
};
