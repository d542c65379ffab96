import { readFile } from 'node:fs/promises';

/** What is known of a JSON file that we wrote: its value, that there is none, or that it holds no JSON (power loss). */
export type FileRecord<T> =
  | { state: 'there'; value: T }
  | { state: 'none' | 'damaged' };

/** Reads a JSON file that we wrote. Throws every error of the file system but "there is none". */
export async function readRecord<T>(path: string): Promise<FileRecord<T>> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return typeof value === 'object' && value !== null
      ? { state: 'there', value: value as T }
      : { state: 'damaged' };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return { state: 'none' };
    if (error instanceof SyntaxError) return { state: 'damaged' };
    throw error;
  }
}
