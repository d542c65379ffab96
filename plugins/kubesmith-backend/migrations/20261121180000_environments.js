// @ts-check

/**
 * Environments: those of the configuration, mirrored at each start, and those that staff made in the portal.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('environments', table => {
    table.comment('Where clusters live and who runs it');
    table.string('name', 40).primary();
    table.string('source', 20).notNullable().comment('configuration or portal');
    table
      .integer('position')
      .nullable()
      .comment('Place in the configuration; null for those of the portal');
    table
      .boolean('retired')
      .notNullable()
      .defaultTo(false)
      .comment('Taken out of the configuration while clusters remain');
    table.text('definition').notNullable();
    table
      .bigInteger('version')
      .notNullable()
      .comment('Counted up with each change of this environment');
    table.string('created_by', 255).nullable();
    table.string('updated_by', 255).nullable();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('updated_at').notNullable();
  });

  await knex.schema.createTable('environment_version', table => {
    table.comment(
      'One row: counted up first in each change of any environment',
    );
    table.integer('id').primary();
    table.bigInteger('version').notNullable();
  });
  await knex('environment_version').insert({ id: 1, version: 0 });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('environment_version');
  await knex.schema.dropTable('environments');
};
