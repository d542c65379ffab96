// @ts-check

/**
 * Room: what operations need of hosts before their machines are made; who waits for it, and who has it.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('room_queue', table => {
    table.comment('One row: whoever decides about room locks it');
    table.integer('id').primary();
    table.bigInteger('version').notNullable().defaultTo(0);
  });
  await knex('room_queue').insert({ id: 1, version: 0 });
  await knex.schema.createTable('room_requests', table => {
    table.comment('What operations need of hosts, and whether they have it');
    table.uuid('operation_id').primary().references('id').inTable('operations');
    table.uuid('cluster_id').notNullable().index();
    table.string('owner', 255).notNullable();
    table.text('machines').notNullable().comment('JSON');
    table.string('state', 20).notNullable().comment('waiting or granted');
    table
      .string('reason', 20)
      .nullable()
      .comment('Why it waits, as was last seen');
    table
      .integer('position')
      .nullable()
      .comment('Its place in the queue, as was last seen, and of how many');
    table.integer('queue_length').nullable();
    table
      .bigInteger('estimate')
      .nullable()
      .comment('When its turn probably comes; null: nobody knows');
    table
      .integer('template_vmid')
      .nullable()
      .comment('What it may clone since it was granted');
    table
      .integer('slots')
      .notNullable()
      .defaultTo(0)
      .comment('How many machines it may clone at once');
    table.bigInteger('queued_at').notNullable();
    table.bigInteger('granted_at').nullable();
    table
      .bigInteger('settled_at')
      .nullable()
      .comment('When it had cloned, or taken, what it was granted');
    table.index(['state', 'queued_at']);
    table.index(['owner', 'granted_at']);
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('room_requests');
  await knex.schema.dropTable('room_queue');
};
