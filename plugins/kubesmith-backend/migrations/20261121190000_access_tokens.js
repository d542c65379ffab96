// @ts-check

/**
 * Personal access tokens: what scripts of people sign in with. The tokens themselves are kept nowhere.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('access_tokens', table => {
    table.comment('What scripts sign in with in the name of a person');
    table.uuid('id').primary();
    table
      .string('lookup', 16)
      .notNullable()
      .unique()
      .comment('The part of the token that says which one it is');
    table
      .string('hash', 64)
      .notNullable()
      .comment('SHA-256 of the whole token, hexadecimal');
    table.string('user_ref', 255).notNullable().index();
    table.string('name', 100).notNullable();
    table.string('scope', 20).notNullable().comment('read or operate');
    table
      .string('environment', 63)
      .comment('The only one it is good for; all when missing');
    table.bigInteger('created_at').notNullable();
    table.bigInteger('expires_at').notNullable();
    table.bigInteger('last_used_at').comment('Within a minute');
    table.bigInteger('revoked_at');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('access_tokens');
};
