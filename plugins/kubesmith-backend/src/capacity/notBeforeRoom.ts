/** The not-before time (ms since the epoch) of an operation that waits for room: the end of the year 9999. Its turn ends it. */
export const NOT_BEFORE_ROOM = 253_402_300_799_000;
