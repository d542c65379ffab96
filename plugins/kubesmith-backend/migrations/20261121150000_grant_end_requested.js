// @ts-check

/**
 * When a kubeconfig was revoked, which its cluster may learn later.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.alterTable('grants', table => {
    table
      .bigInteger('end_requested_at')
      .nullable()
      .comment('Somebody revoked it; the cluster may not know yet');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.alterTable('grants', table => {
    table.dropColumn('end_requested_at');
  });
};
