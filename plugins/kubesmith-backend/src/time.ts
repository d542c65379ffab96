/** In milliseconds. */
export const HOUR_MS = 3_600_000;
/** In milliseconds. */
export const DAY_MS = 24 * HOUR_MS;
