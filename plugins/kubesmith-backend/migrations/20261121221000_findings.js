// @ts-check

/**
 * What the reconciler found: see `src/reconciler`. Times are milliseconds of the database's clock.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('findings', table => {
    table.comment('Where records and Proxmox do not agree, and did not');
    table.uuid('id').primary();
    table.string('kind', 40).notNullable();
    table
      .string('open_key', 255)
      .nullable()
      .unique()
      .comment('Kind and subject while it is open; null afterwards');
    table.string('subject', 255).notNullable();
    table.string('environment', 63).notNullable().index();
    table
      .string('cluster_id', 36)
      .nullable()
      .comment('Also of clusters that the records do not know');
    table.integer('vmid').nullable();
    table.text('detail').notNullable();
    table.text('next_step').notNullable();
    table
      .integer('sightings')
      .notNullable()
      .comment('In how many looks, at least a minute apart');
    table.bigInteger('first_seen_at').notNullable();
    table.bigInteger('last_seen_at').notNullable();
    table.bigInteger('counted_at').notNullable();
    table.bigInteger('ended_at').nullable().index();
    table.bigInteger('repaired_at').nullable();
    table.text('repair').nullable().comment('What was done, or why not');
  });

  await knex.schema.createTable('reconciler_state', table => {
    table.comment('One row: who looks now, and when the last look ended');
    table.integer('id').primary();
    table.integer('epoch').notNullable();
    table.bigInteger('lease_until').nullable();
    table.bigInteger('finished_at').nullable();
  });
  await knex('reconciler_state').insert({ id: 1, epoch: 0 });

  await knex.schema.createTable('reconciler_answers', table => {
    table.comment('Whether Proxmox answered, for each environment');
    table.string('environment', 63).primary();
    table.bigInteger('looked_at').notNullable();
    table.boolean('answered').notNullable();
    table.text('problem').nullable();
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  for (const table of ['reconciler_answers', 'reconciler_state', 'findings']) {
    await knex.schema.dropTable(table);
  }
};
