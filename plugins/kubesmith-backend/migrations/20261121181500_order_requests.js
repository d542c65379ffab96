// @ts-check

/**
 * Approval: above which size orders of an environment wait, and the orders that wait or waited.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('approval_limits', table => {
    table.comment('Above this, orders wait for an approver');
    table.string('environment', 63).primary();
    table.text('limits').notNullable().comment('JSON');
    table
      .bigInteger('version')
      .notNullable()
      .defaultTo(0)
      .comment('Counted up by each order of the environment: the lock');
    table.string('updated_by', 255).notNullable();
    table.bigInteger('updated_at').notNullable();
  });
  await knex.schema.createTable('order_requests', table => {
    table.comment('Orders that wait for an approver, or did');
    table.uuid('id').primary();
    table.string('request_key', 400).notNullable().unique();
    table.string('environment', 63).notNullable();
    table.string('owner', 255).notNullable();
    table.string('requester', 255).notNullable().index();
    table.text('draft').notNullable().comment('JSON');
    table.text('why').notNullable().comment('JSON: why it needs an approval');
    table
      .string('status', 20)
      .notNullable()
      .comment('waiting, approved, refused, expired or withdrawn');
    table.text('problems').nullable().comment('JSON: of the last approval');
    table.string('decided_by', 255).nullable();
    table.text('decision_reason').nullable();
    table.bigInteger('decided_at').nullable();
    table.uuid('cluster_id').nullable();
    table.bigInteger('created_at').notNullable().index();
    table.bigInteger('expires_at').notNullable();
    table.index(['status', 'expires_at']);
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('order_requests');
  await knex.schema.dropTable('approval_limits');
};
