import { setTimeout as delay } from 'node:timers/promises';
import { databaseProblem } from './databaseProblem';

const ATTEMPTS = 4;
const PAUSE_MS = 50;

/**
 * Runs a transaction again that the database gave up in favour of others (a deadlock, a lock that was held for too long):
 * nothing of it was done, and whoever asked need not hear of it. All other errors, and the last one, are thrown.
 */
export async function repeatWhenBusy<T>(
  transaction: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction();
    } catch (error) {
      if (attempt === ATTEMPTS || databaseProblem(error) !== 'busy') {
        throw error;
      }
      // Those who met once shall not meet again.
      await delay(PAUSE_MS * attempt * (1 + Math.random()));
    }
  }
}
