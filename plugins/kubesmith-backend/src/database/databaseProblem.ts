import { types } from 'node:util';
import type { Knex } from 'knex';

/** What is wrong with the database itself, rather than with what was asked of it. */
export type DatabaseProblem =
  /** It does not answer: stopped, restarting, too many connections. */
  | 'away'
  /** Somebody else holds a lock for too long. */
  | 'busy'
  /** No space is left where it keeps its files. */
  | 'full'
  /** It only lets itself be read. */
  | 'read-only'
  /** Its file is damaged, or cannot be opened. */
  | 'damaged';

/** By the beginning of SQLite's codes; each has longer ones, such as SQLITE_BUSY_SNAPSHOT. */
const SQLITE: Array<[prefix: string, problem: DatabaseProblem]> = [
  ['SQLITE_BUSY', 'busy'],
  ['SQLITE_LOCKED', 'busy'],
  ['SQLITE_FULL', 'full'],
  ['SQLITE_READONLY', 'read-only'],
  ['SQLITE_CORRUPT', 'damaged'],
  ['SQLITE_NOTADB', 'damaged'],
  ['SQLITE_CANTOPEN', 'damaged'],
  ['SQLITE_IOERR', 'damaged'],
];

/** SQLSTATE codes of Postgres, the most special first. */
const POSTGRES: Array<[prefix: string, problem: DatabaseProblem]> = [
  ['53100', 'full'],
  ['53', 'away'],
  ['57P0', 'away'],
  ['08', 'away'],
  ['25006', 'read-only'],
  ['55P03', 'busy'],
  ['40001', 'busy'],
  ['40P01', 'busy'],
  ['XX001', 'damaged'],
  ['XX002', 'damaged'],
];

/** Others speak over the network too: these count only for errors that {@link watchDatabase} saw. */
const NETWORK = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
];

/** What the clients say without a code. */
const TEXTS: Array<[pattern: RegExp, problem: DatabaseProblem]> = [
  [/^Connection terminated/, 'away'],
  [/^Client has encountered a connection error/, 'away'],
  [/^timeout (expired|exceeded when trying to connect)$/, 'away'],
  [/^Knex: Timeout acquiring a connection/, 'away'],
];

const seen = new WeakSet<Error>();
/** Of errors that only follow from another one. */
const causes = new WeakMap<Error, Error>();

/** SQLite rolls back by itself when its disk is full, and knex then fails to: that error hides the one that matters. */
const ALREADY_ROLLED_BACK = 'cannot rollback - no transaction is active';

/** Remembers which errors came out of this database, for {@link databaseProblem}: a refused connection looks alike everywhere. */
export function watchDatabase(knex: Knex): void {
  let last: Error | undefined;
  const remember = (error: unknown) => {
    if (!types.isNativeError(error)) return;
    seen.add(error);
    if (last && error.message.endsWith(ALREADY_ROLLED_BACK))
      causes.set(error, last);
    else last = error;
  };
  knex.on('query-error', remember);
  knex.client.pool?.on('createFail', (_event: unknown, error: unknown) =>
    remember(error),
  );
}

/**
 * What is wrong with the database when one of its calls failed like this; undefined when the error says nothing about
 * it, such as a broken unique key, a mistake in a query, or an error of something else.
 */
export function databaseProblem(error: unknown): DatabaseProblem | undefined {
  if (!types.isNativeError(error)) return undefined;
  const cause = causes.get(error);
  if (cause) return databaseProblem(cause);
  const code = codeOf(error);
  if (seen.has(error) && NETWORK.includes(code)) return 'away';
  return (
    find(SQLITE, code) ??
    (/^[0-9A-Z]{5}$/.test(code) ? find(POSTGRES, code) : undefined) ??
    TEXTS.find(([pattern]) => pattern.test(textOf(error)))?.[1]
  );
}

/** Whether an error comes out of the database's client, whatever it says. Its text may hold the statement and its values. */
export function isDatabaseError(error: unknown): boolean {
  return (
    types.isNativeError(error) &&
    (seen.has(error) ||
      databaseProblem(error) !== undefined ||
      ['SqliteError', 'DatabaseError'].includes(error.constructor.name))
  );
}

function codeOf(error: Error): string {
  return String((error as { code?: unknown }).code ?? '');
}

/** knex puts the statement before the client's own text. */
function textOf(error: Error): string {
  return error.message.split(' - ').at(-1)!;
}

function find(
  table: Array<[prefix: string, problem: DatabaseProblem]>,
  code: string,
): DatabaseProblem | undefined {
  return table.find(([prefix]) => code.startsWith(prefix))?.[1];
}
