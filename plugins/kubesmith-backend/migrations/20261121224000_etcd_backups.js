// @ts-check

/**
 * Backups of clusters' etcd: what is known of each, and the packed and encrypted copy in pieces.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('etcd_backups', table => {
    table.comment(
      'Backups of etcd; the id is that of the operation that made it',
    );
    table.uuid('id').primary();
    table.uuid('cluster_id').notNullable().index();
    table.string('initiator', 255).notNullable();
    table
      .bigInteger('taken_at')
      .notNullable()
      .comment('At the latest: what changed later is not in it');
    table
      .bigInteger('completed_at')
      .nullable()
      .comment('When all of it was here; null: it is being fetched');
    table.string('sha256', 64).notNullable().comment('Of the packed copy');
    table.bigInteger('bytes').notNullable();
    table.bigInteger('keys').notNullable();
    table.string('etcd_version', 40).notNullable();
    table.string('kubernetes_version', 20).notNullable();
    table.text('control_planes').notNullable().comment('JSON: their names');
  });
  await knex.schema.createTable('etcd_backup_pieces', table => {
    table
      .uuid('backup_id')
      .notNullable()
      .references('id')
      .inTable('etcd_backups')
      .onDelete('CASCADE');
    table.integer('position').notNullable();
    table.integer('bytes').notNullable();
    table
      .binary('content')
      .notNullable()
      .comment('AES-256-GCM: nonce, ciphertext, tag');
    table.primary(['backup_id', 'position']);
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('etcd_backup_pieces');
  await knex.schema.dropTable('etcd_backups');
};
