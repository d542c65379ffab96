// @ts-check

/** @param {import('knex').Knex} knex */
function isPostgres(knex) {
  return knex.client.config.client === 'pg';
}

const sqliteGuards = [
  `CREATE TRIGGER audit_entries_update BEFORE UPDATE ON audit_entries
   BEGIN SELECT RAISE(ABORT, 'audit_entries is append-only'); END`,
  `CREATE TRIGGER audit_entries_delete BEFORE DELETE ON audit_entries
   WHEN OLD.seq > (SELECT begins_after FROM audit_chain WHERE id = 1)
   BEGIN SELECT RAISE(ABORT, 'audit_entries is append-only'); END`,
];

const postgresGuards = [
  `CREATE FUNCTION kubesmith_audit_is_append_only() RETURNS trigger AS $$
   BEGIN
     IF TG_OP = 'DELETE' AND OLD.seq <= (SELECT begins_after FROM audit_chain WHERE id = 1) THEN
       RETURN OLD;
     END IF;
     RAISE EXCEPTION 'audit_entries is append-only';
   END $$ LANGUAGE plpgsql`,
  `CREATE TRIGGER audit_entries_guard BEFORE UPDATE OR DELETE ON audit_entries
   FOR EACH ROW EXECUTE FUNCTION kubesmith_audit_is_append_only()`,
];

/**
 * The audit trail: rows are added at the end and never changed, each with a hash over itself and the hash before it. Only
 * what the retention time has set free can be deleted, and the chain remembers where it then begins.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('audit_entries', table => {
    table.comment('Who did, or was refused, what; append-only');
    table.bigInteger('seq').primary();
    table.bigInteger('time').notNullable().index();
    table.string('actor', 255).notNullable().index();
    table.string('via', 100).nullable().comment('Through which plugin');
    table.string('source', 100).nullable().comment('Network address');
    table.string('action', 60).notNullable().index();
    table.string('outcome', 20).notNullable().comment('done, denied, failed');
    table.string('code', 60).nullable();
    table.string('environment', 100).nullable();
    table.string('cluster_id', 36).nullable().index();
    table.text('detail').notNullable().comment('JSON');
    table.string('hash', 64).notNullable();
  });
  await knex.schema.createTable('audit_chain', table => {
    table.comment(
      'One row: where the chain of the audit trail begins and ends',
    );
    table.integer('id').primary();
    table.bigInteger('seq').notNullable().comment('Of the newest entry');
    table.string('hash', 64).notNullable().comment('Of the newest entry');
    table.bigInteger('begins_after').notNullable();
    table.string('begins_hash', 64).notNullable();
  });
  await knex('audit_chain').insert({
    id: 1,
    seq: 0,
    hash: '',
    begins_after: 0,
    begins_hash: '',
  });
  for (const statement of isPostgres(knex) ? postgresGuards : sqliteGuards) {
    await knex.raw(statement);
  }
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('audit_entries');
  await knex.schema.dropTable('audit_chain');
  if (isPostgres(knex)) {
    await knex.raw('DROP FUNCTION kubesmith_audit_is_append_only');
  }
};
