// @ts-check

/**
 * Shares of clusters; and what kubeconfigs need to end with the right that they were issued by.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('shares', table => {
    table.comment('Who may use a cluster of somebody else, until when');
    table.uuid('id').primary();
    table
      .uuid('cluster_id')
      .notNullable()
      .references('id')
      .inTable('clusters')
      .index();
    table
      .string('subject', 255)
      .notNullable()
      .index()
      .comment('Entity ref of a user or group');
    table.string('role', 20).notNullable();
    table
      .text('namespaces')
      .nullable()
      .comment('JSON list; null is the whole cluster');
    table.bigInteger('until').notNullable();
    table.bigInteger('created_at').notNullable();
    table.string('created_by', 255).notNullable();
    table.bigInteger('ended_at').nullable();
    table
      .string('ended_by', 255)
      .nullable()
      .comment('Null when its time was over');
    table.index(['ended_at', 'until']);
  });
  await knex.schema.alterTable('grants', table => {
    table
      .text('namespaces')
      .nullable()
      .comment('JSON list; null is the whole cluster');
    table
      .text('share_ids')
      .nullable()
      .comment(
        'JSON list of the shares that it was issued by; null: own right',
      );
    table
      .string('end_reason', 20)
      .nullable()
      .comment('Why it was ended before its time');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.alterTable('grants', table => {
    table.dropColumn('namespaces');
    table.dropColumn('share_ids');
    table.dropColumn('end_reason');
  });
  await knex.schema.dropTable('shares');
};
