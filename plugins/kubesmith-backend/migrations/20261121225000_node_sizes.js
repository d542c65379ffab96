// @ts-check

/**
 * What a node is to become while it is resized: it counts towards quotas from the moment somebody asked, and says which nodes are
 * not done yet.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.alterTable('nodes', table => {
    table.integer('wanted_vcpu').nullable();
    table.integer('wanted_memory_mib').nullable();
    table.integer('wanted_disk_gib').nullable();
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.alterTable('nodes', table => {
    table.dropColumn('wanted_vcpu');
    table.dropColumn('wanted_memory_mib');
    table.dropColumn('wanted_disk_gib');
  });
};
