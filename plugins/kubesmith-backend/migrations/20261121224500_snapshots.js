// @ts-check

/**
 * Snapshots of whole clusters: see `src/snapshots`. What is on the disks, Proxmox keeps. Times are milliseconds of the database's
 * clock.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('cluster_snapshots', table => {
    table.uuid('id').primary();
    table
      .uuid('cluster_id')
      .notNullable()
      .references('id')
      .inTable('clusters')
      .index();
    table.string('name', 40).notNullable().comment('In Proxmox, of each VM');
    table.string('label', 500).notNullable().comment('For people');
    table.string('state', 20).notNullable().comment('taking, kept, removing');
    table.text('nodes').notNullable().comment('JSON: the machines of then');
    table.text('spec').notNullable().comment('JSON: what the cluster was');
    table.string('created_by', 255).notNullable();
    table.bigInteger('created_at').notNullable();
    table
      .bigInteger('taken_at')
      .nullable()
      .comment('Before the first machine stood still');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('cluster_snapshots');
};
