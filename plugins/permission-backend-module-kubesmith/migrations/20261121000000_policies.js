// @ts-check

/** Every version of the policies, for ever. @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.createTable('kubesmith_policy_versions', table => {
    // Counted by us: two who save at once want the same number, and one of them gets it.
    table.integer('version').primary().notNullable();
    table.text('yaml').notNullable();
    table.text('author').notNullable();
    table.text('reason').notNullable();
    table.bigInteger('created_at').notNullable();
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('kubesmith_policy_versions');
};
