import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../files/replaceFile';

/**
 * How far a database is. Kept in the database itself and, by every engine, in its data directory: a database that is behind
 * the folder was put back from a backup. The other way round means nothing: other replicas went on.
 */
export interface HighWaterMark {
  /** Made with the database; a restored one has the same. */
  databaseId: string;
  /** Counted up when an administrator accepts a restored database. */
  generation: number;
  /** The number of the last line of what happened; it only grows. */
  lastEvent: number;
}

/** Why the mark in the folder says that this is not the database that it was; undefined when all is well. */
export function whyRestored(
  folder: HighWaterMark,
  database: HighWaterMark,
): string | undefined {
  if (folder.databaseId !== database.databaseId)
    return 'The data directory belongs to another database.';
  if (folder.generation !== database.generation)
    return folder.generation > database.generation
      ? 'The database is older than the last restored backup that was accepted.'
      : undefined;
  if (folder.lastEvent > database.lastEvent)
    return `The database ends at event ${database.lastEvent}, and event ${folder.lastEvent} was there already.`;
  return undefined;
}

function markPath(dataDirectory: string): string {
  return join(dataDirectory, 'database-mark.json');
}

/** The mark in a data directory; undefined in a new one. Throws when there is one that cannot be read. */
export async function readMark(
  dataDirectory: string,
): Promise<HighWaterMark | undefined> {
  const path = markPath(dataDirectory);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const mark = parse(text);
  if (!mark)
    throw new Error(
      `${path} is damaged. Remove it if the database is known to be the latest`,
    );
  return mark;
}

/** Replaces the mark, whole or not at all. */
export async function writeMark(
  dataDirectory: string,
  mark: HighWaterMark,
): Promise<void> {
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  const text = `${JSON.stringify(mark)}\n`;
  await replaceFile(markPath(dataDirectory), text, { flush: true });
}

function parse(text: string): HighWaterMark | undefined {
  try {
    const mark = JSON.parse(text) as Partial<HighWaterMark> | null;
    return typeof mark?.databaseId === 'string' &&
      Number.isSafeInteger(mark.generation) &&
      Number.isSafeInteger(mark.lastEvent)
      ? (mark as HighWaterMark)
      : undefined;
  } catch {
    // Half a file: a disk that was full, or lost its power.
    return undefined;
  }
}
