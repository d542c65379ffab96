// @ts-check
const { startPostgres } = require('./server');

const VARIABLE = 'BACKSTAGE_TEST_DATABASE_POSTGRES17_CONNECTION_STRING';

/** Jest's globalSetup: a Postgres for all test files of this package, unless the variable names one already. */
module.exports = async function globalSetup() {
  if (process.env[VARIABLE]) {
    return;
  }
  const { connectionString, stop } = await startPostgres();
  process.env[VARIABLE] = connectionString;
  // Jest runs both in the same process.
  /** @type {any} */ (globalThis).kubesmithStopPostgres = stop;
};
