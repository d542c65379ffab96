// @ts-check

/**
 * All records of Kubesmith. Times are milliseconds since the epoch, taken from the database's clock; IP addresses in pools
 * are integers; JSON is text, because SQLite and Postgres shall behave alike.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('ip_pools', table => {
    table.comment('Ranges of addresses that clusters are given from');
    table.string('id', 100).primary();
    table.string('cidr', 50).notNullable();
    table.bigInteger('first').notNullable();
    table.bigInteger('last').notNullable();
    table.bigInteger('gateway').notNullable();
    table
      .bigInteger('version')
      .notNullable()
      .defaultTo(0)
      .comment('Counted up first in each allocation: the lock');
    table.bigInteger('quarantine_ms').notNullable().defaultTo(0);
  });

  await knex.schema.createTable('ip_addresses', table => {
    table.comment('Addresses that are taken; an absent row means free');
    table
      .string('pool_id', 100)
      .notNullable()
      .references('id')
      .inTable('ip_pools');
    table.bigInteger('address').notNullable();
    table
      .string('state', 20)
      .notNullable()
      .comment('held, bound, quarantined, reserved or foreign');
    table.uuid('operation_id').nullable();
    table.uuid('cluster_id').nullable().index();
    table.string('slot', 100).nullable().comment('A node name, or vip');
    table
      .bigInteger('until')
      .nullable()
      .comment('When a quarantined or foreign address is free again');
    table.primary(['pool_id', 'address']);
    // A step that runs twice gets the same addresses. (Both engines let several rows have null here.)
    table.unique(['operation_id', 'slot']);
  });

  await knex.schema.createTable('clusters', table => {
    table.comment('Clusters, deleted ones too');
    table.uuid('id').primary();
    table.string('name', 40).notNullable();
    table.string('environment', 40).notNullable();
    table
      .string('live_key', 100)
      .nullable()
      .unique()
      .comment('<environment>/<name> while the cluster lives: unique names');
    table.string('owner', 255).notNullable().index();
    table.string('created_by', 255).notNullable();
    table.string('environment_owner', 255).notNullable();
    table.string('phase', 20).notNullable();
    table.text('failure').nullable();
    table.text('spec').notNullable();
    table.string('pool_id', 100).notNullable();
    table.string('vip', 50).notNullable();
    table.text('api_server_ca').nullable();
    table.boolean('ever_ready').notNullable().defaultTo(false);
    table.string('request_key', 400).nullable().unique();
    table.bigInteger('created_at').notNullable().index();
    table.bigInteger('updated_at').notNullable();
    table.bigInteger('ready_at').nullable();
    table.bigInteger('expires_at').notNullable();
    table.bigInteger('deleted_at').nullable();
    table.index(['environment', 'phase']);
  });

  await knex.schema.createTable('nodes', table => {
    table.comment('Virtual machines of clusters');
    table.uuid('id').primary();
    table.uuid('cluster_id').notNullable().references('id').inTable('clusters');
    table.string('name', 63).notNullable();
    table.string('role', 20).notNullable();
    table.string('state', 20).notNullable();
    table.integer('vmid').notNullable();
    table
      .integer('live_vmid')
      .nullable()
      .unique()
      .comment('The VMID until the machine is proven gone');
    table.string('host', 100).notNullable();
    table.string('ip_address', 50).notNullable();
    table.string('mac_address', 17).notNullable();
    table.uuid('smbios_uuid').notNullable();
    table.integer('vcpu').notNullable();
    table.integer('memory_mib').notNullable();
    table.integer('disk_gib').notNullable();
    table.text('ssh_host_key').nullable();
    table.uuid('operation_id').notNullable();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('removed_at').nullable();
    table.unique(['cluster_id', 'name']);
  });

  await knex.schema.createTable('operations', table => {
    table.comment('Requested changes of clusters');
    table.uuid('id').primary();
    table
      .uuid('cluster_id')
      .notNullable()
      .references('id')
      .inTable('clusters')
      .index();
    table.string('kind', 20).notNullable();
    table.string('status', 20).notNullable().index();
    table.string('initiator', 255).notNullable();
    table
      .string('task_id', 100)
      .nullable()
      .comment('The scaffolder task that drives the operation');
    table.string('request_key', 400).nullable().unique();
    table.text('input').nullable();
    table.text('failure').nullable();
    table.bigInteger('driver_seen_at').nullable();
    table.string('lease_owner', 100).nullable();
    table.bigInteger('lease_until').nullable();
    table
      .bigInteger('lease_epoch')
      .notNullable()
      .defaultTo(0)
      .comment('Counted up with each claim; fences off earlier holders');
    table.bigInteger('cancel_requested_at').nullable();
    table.bigInteger('next_attempt_at').nullable();
    table.bigInteger('created_at').notNullable().index();
    table.bigInteger('started_at').nullable();
    table.bigInteger('finished_at').nullable();
  });

  await knex.schema.createTable('operation_steps', table => {
    table.comment('The journal of each operation');
    table
      .uuid('operation_id')
      .notNullable()
      .references('id')
      .inTable('operations');
    table.string('name', 40).notNullable();
    table.integer('position').notNullable();
    table.string('title', 200).notNullable();
    table.string('status', 20).notNullable();
    table.integer('attempt').notNullable().defaultTo(0);
    table
      .bigInteger('requested_at')
      .nullable()
      .comment('When the driver said that the step is due');
    table.bigInteger('started_at').nullable();
    table.bigInteger('finished_at').nullable();
    table.text('progress').nullable();
    table.text('evidence').nullable();
    table.text('failure').nullable();
    table.primary(['operation_id', 'name']);
  });

  await knex.schema.createTable('operation_events', table => {
    table.comment('What happened, line by line, for people');
    table.bigIncrements('id');
    table
      .uuid('operation_id')
      .notNullable()
      .references('id')
      .inTable('operations');
    table.string('step', 40).nullable();
    table.string('node', 63).nullable();
    table.string('level', 10).notNullable();
    table.string('code', 100).nullable();
    table.text('message').notNullable();
    table.bigInteger('created_at').notNullable();
    table.index(['operation_id', 'id']);
  });

  await knex.schema.createTable('grants', table => {
    table.comment('Issued kubeconfigs, without their tokens');
    table.uuid('id').primary();
    table
      .uuid('cluster_id')
      .notNullable()
      .references('id')
      .inTable('clusters')
      .index();
    table.string('user_ref', 255).notNullable();
    table.string('role', 20).notNullable();
    table.string('service_account', 63).notNullable();
    table.string('secret_name', 63).notNullable();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('expires_at').notNullable();
    table.bigInteger('revoked_at').nullable();
  });

  await knex.schema.createTable('secrets', table => {
    table.comment('AES-256-GCM; additional data is <owner_id>/<name>');
    table.string('owner_id', 100).notNullable();
    table.string('name', 100).notNullable();
    table.string('key_id', 100).notNullable();
    table.string('nonce', 50).notNullable();
    table.text('ciphertext').notNullable();
    table.bigInteger('created_at').notNullable();
    table.primary(['owner_id', 'name']);
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  for (const table of [
    'secrets',
    'grants',
    'operation_events',
    'operation_steps',
    'operations',
    'nodes',
    'clusters',
    'ip_addresses',
    'ip_pools',
  ]) {
    await knex.schema.dropTable(table);
  }
};
