// @ts-check

/** Jest's globalTeardown. */
module.exports = async function globalTeardown() {
  await /** @type {any} */ (globalThis).kubesmithStopPostgres?.();
};
