import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolvePackagePath } from '@backstage/backend-plugin-api';
import createKnex, { type Knex } from 'knex';

const VARIABLE = 'BACKSTAGE_TEST_DATABASE_POSTGRES17_CONNECTION_STRING';
/** Any number of ours; who makes the template holds it. */
const LOCK = 5_235_742;
const directory = resolvePackagePath(
  '@kubesmith/plugin-kubesmith-backend',
  'migrations',
);

function connect(database: string, max: number): Knex {
  const server = new URL(process.env[VARIABLE]!);
  return createKnex({
    client: 'pg',
    connection: {
      host: server.hostname,
      port: Number(server.port || 5432),
      user: decodeURIComponent(server.username),
      password: decodeURIComponent(server.password),
      database,
    },
    pool: { min: 0, max, idleTimeoutMillis: 5_000, reapIntervalMillis: 1_000 },
  });
}

const uniqueName = () => `db${randomBytes(16).toString('hex')}`;

function hashOfMigrations(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(directory).sort()) {
    hash.update(`${name}\n`).update(readFileSync(join(directory, name)));
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * Databases that have the plugin's tables already: copies of one template, which the first test file of a run makes. A copy takes
 * a third of the time that an empty database and all migrations take.
 */
export class MigratedPostgres {
  readonly #admin = connect('postgres', 1);
  readonly #copies: Array<{ name: string; knex: Knex }> = [];
  #template?: Promise<string>;

  /** A new database with all tables, and nothing in them. */
  async create(): Promise<Knex> {
    this.#template ??= this.#makeTemplate();
    const name = uniqueName();
    await this.#admin.raw('CREATE DATABASE ?? TEMPLATE ??', [
      name,
      await this.#template,
    ]);
    const knex = connect(name, 5);
    this.#copies.push({ name, knex });
    // Made by the migrations, and no two databases share it.
    await knex('database_generation').update({ database_id: randomUUID() });
    return knex;
  }

  /** Removes all that {@link create} made. The template stays for other test files. */
  async close(): Promise<void> {
    for (const { name, knex } of this.#copies) {
      await knex.destroy();
      await this.#admin.raw('DROP DATABASE ?? WITH (FORCE)', [name]);
    }
    await this.#admin.destroy();
  }

  /** The name of the template, which is made if this server has none of these migrations. */
  async #makeTemplate(): Promise<string> {
    const template = `kubesmith_${hashOfMigrations()}`;
    const isThere = async () =>
      (await this.#admin('pg_database').where({ datname: template })).length >
      0;
    await this.#admin.raw('SELECT pg_advisory_lock(?)', [LOCK]);
    try {
      if (!(await isThere())) {
        // It gets its name when it is ready: a run that was killed leaves no half of one.
        const name = uniqueName();
        await this.#admin.raw('CREATE DATABASE ??', [name]);
        const knex = connect(name, 1);
        await knex.migrate.latest({ directory }).finally(() => knex.destroy());
        await this.#admin.raw('ALTER DATABASE ?? RENAME TO ??', [
          name,
          template,
        ]);
      }
    } finally {
      await this.#admin.raw('SELECT pg_advisory_unlock(?)', [LOCK]);
    }
    return template;
  }
}
