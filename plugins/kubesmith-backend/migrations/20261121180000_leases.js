// @ts-check

/**
 * How the time of clusters ends: see `src/leases`. When it ends is `clusters.expires_at`. Times are milliseconds of the
 * database's clock.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  /** @param {import('knex').Knex.CreateTableBuilder} table */
  const clusterId = table =>
    table.uuid('cluster_id').notNullable().references('id').inTable('clusters');

  await knex.schema.alterTable('clusters', table => {
    table.index(['expires_at'], 'clusters_expires_at');
  });

  await knex.schema.createTable('lease_changes', table => {
    table.comment('Each time that a cluster was given another end');
    table.bigIncrements('id');
    clusterId(table).index();
    table.bigInteger('changed_at').notNullable();
    table.string('changed_by', 255).notNullable();
    table.bigInteger('from_expires_at').notNullable();
    table.bigInteger('to_expires_at').notNullable();
  });

  await knex.schema.createTable('lease_holds', table => {
    table.comment('Clusters that do not expire for now; the last hold of each');
    clusterId(table).primary();
    table.text('reason').notNullable();
    table.string('held_by', 255).notNullable();
    table.bigInteger('held_at').notNullable();
    table
      .bigInteger('until')
      .nullable()
      .comment('When it ends by itself; null: when somebody ends it');
    table.bigInteger('released_at').nullable();
    table.string('released_by', 255).nullable();
  });

  await knex.schema.createTable('lease_ends', table => {
    table.comment('Clusters whose time is over and that are not deleted yet');
    clusterId(table).primary();
    table.bigInteger('noticed_at').notNullable();
    table.bigInteger('delete_at').notNullable().index();
  });

  await knex.schema.createTable('lease_notices', table => {
    table.comment('What owners were told about the end of their clusters');
    clusterId(table);
    table.string('kind', 20).notNullable();
    table
      .bigInteger('about')
      .notNullable()
      .comment('The end, or the deletion, that it tells of');
    table.integer('attempts').notNullable().defaultTo(0);
    table.bigInteger('next_attempt_at').notNullable();
    table.bigInteger('sent_at').nullable();
    table.primary(['cluster_id', 'kind', 'about']);
  });

  await knex.schema.createTable('lease_clock', table => {
    table.comment('One row: when ends were last looked for');
    table.integer('id').primary();
    table.bigInteger('swept_at').nullable();
    table
      .bigInteger('doubted_until')
      .nullable()
      .comment('Until then the clock is not believed and nothing expires');
  });
  await knex('lease_clock').insert({ id: 1 });

  await knex.schema.createTable('cluster_archives', table => {
    table.comment('What a cluster was when its deletion began');
    clusterId(table).primary();
    table.bigInteger('archived_at').notNullable();
    table.text('archive').notNullable();
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  for (const table of [
    'cluster_archives',
    'lease_clock',
    'lease_notices',
    'lease_ends',
    'lease_holds',
    'lease_changes',
  ]) {
    await knex.schema.dropTable(table);
  }
  await knex.schema.alterTable('clusters', table => {
    table.dropIndex(['expires_at'], 'clusters_expires_at');
  });
};
