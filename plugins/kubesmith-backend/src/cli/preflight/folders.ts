import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A folder that is there. */
export interface Folder {
  path: string;
  /** Whether this process may make files in it. */
  writable: boolean;
}

/** The folder itself, or the nearest one above that exists. */
export async function nearestFolder(path: string): Promise<Folder> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (['ENOENT', 'ENOTDIR'].includes(error.code!)) return undefined;
    throw error;
  });
  if (!found) return nearestFolder(dirname(path));
  if (!found.isDirectory()) return { path, writable: false };
  const writable = await access(path, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  return { path, writable };
}
