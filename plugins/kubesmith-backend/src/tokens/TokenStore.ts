import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { databaseTime } from '../database/databaseTime';
import type { TokenRecord, TokenScope } from './records';

type TokenRow = {
  id: string;
  lookup: string;
  hash: string;
  user_ref: string;
  name: string;
  scope: TokenScope;
  environment: string | null;
  created_at: number | string;
  expires_at: number | string;
  last_used_at: number | string | null;
  revoked_at: number | string | null;
};

/** A use that is noted once a minute costs no write for each request. */
const USE_NOTED_EVERY_MS = 60_000;

/** Access tokens in the database. */
export class TokenStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** Adds one that is good from now on. */
  async add(
    token: Pick<TokenRecord, 'userRef' | 'name' | 'scope' | 'environment'> & {
      lookup: string;
      hash: string;
      lifetimeMs: number;
    },
  ): Promise<TokenRecord> {
    const now = databaseTime(this.#knex);
    const id = randomUUID();
    await this.#knex('access_tokens').insert({
      id,
      lookup: token.lookup,
      hash: token.hash,
      user_ref: token.userRef,
      name: token.name,
      scope: token.scope,
      environment: token.environment ?? null,
      created_at: now,
      expires_at: this.#knex.raw('? + ?', [now, token.lifetimeMs]),
    });
    const row = await this.#knex<TokenRow>('access_tokens')
      .where({ id })
      .first();
    return toRecord(row!);
  }

  /** Somebody's tokens, newest first; those that ended too. */
  async list(userRef: string): Promise<TokenRecord[]> {
    const rows = await this.#knex<TokenRow>('access_tokens')
      .where({ user_ref: userRef })
      .orderBy([{ column: 'created_at', order: 'desc' }, { column: 'id' }]);
    return rows.map(toRecord);
  }

  /** How many tokens somebody has that are still good. */
  async countLive(userRef: string): Promise<number> {
    const [row] = await this.#knex<TokenRow>('access_tokens')
      .where({ user_ref: userRef })
      .whereNull('revoked_at')
      .where('expires_at', '>', databaseTime(this.#knex))
      .count<{ live: number | string }[]>({ live: '*' });
    return Number(row.live);
  }

  /** The token that claims to be this one, with its hash and whether its time is over by the database's clock. */
  async find(
    lookup: string,
  ): Promise<
    { token: TokenRecord; hash: string; expired: boolean } | undefined
  > {
    const row = await this.#knex<TokenRow>('access_tokens')
      .where({ lookup })
      .first('*', { now: databaseTime(this.#knex) });
    return (
      row && {
        token: toRecord(row),
        hash: row.hash,
        expired:
          Number(row.expires_at) <=
          Number((row as unknown as { now: number | string }).now),
      }
    );
  }

  /** Notes that a token was used. */
  async used(id: string): Promise<void> {
    const now = databaseTime(this.#knex);
    await this.#knex('access_tokens')
      .where({ id })
      .where(query =>
        query
          .whereNull('last_used_at')
          .orWhere(
            'last_used_at',
            '<',
            this.#knex.raw('? - ?', [now, USE_NOTED_EVERY_MS]),
          ),
      )
      .update({ last_used_at: now });
  }

  /** Ends one of somebody's tokens; undefined when the person has none with this id. Twice does no harm. */
  async revoke(id: string, userRef: string): Promise<TokenRecord | undefined> {
    await this.#knex('access_tokens')
      .where({ id, user_ref: userRef })
      .whereNull('revoked_at')
      .update({ revoked_at: databaseTime(this.#knex) });
    const row = await this.#knex<TokenRow>('access_tokens')
      .where({ id, user_ref: userRef })
      .first();
    return row && toRecord(row);
  }

  /** Forgets tokens that ended long ago. */
  async forgetEndedBefore(ageMs: number): Promise<number> {
    const until = this.#knex.raw('? - ?', [databaseTime(this.#knex), ageMs]);
    return this.#knex('access_tokens')
      .where('expires_at', '<', until)
      .orWhere('revoked_at', '<', until)
      .delete();
  }
}

function toRecord(row: TokenRow): TokenRecord {
  const time = (value: number | string | null) =>
    value === null ? undefined : Number(value);
  return {
    id: row.id,
    userRef: row.user_ref,
    name: row.name,
    scope: row.scope,
    environment: row.environment ?? undefined,
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
    lastUsedAt: time(row.last_used_at),
    revokedAt: time(row.revoked_at),
  };
}
