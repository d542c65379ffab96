import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterStore } from '../database/ClusterStore';
import { clearEndedRuns } from '../tools/ansible/AnsibleWorkspace';

/** Folders of clusters. */
const ID = /^[0-9a-f-]{36}$/;

/**
 * Ends the key agents of runs whose backend died before it could do so, and removes what is here of clusters that another
 * replica deleted.
 */
export async function clearAfterCrash(
  dataDirectory: string,
  clusters: Pick<ClusterStore, 'get'>,
): Promise<void> {
  const folders = join(dataDirectory, 'clusters');
  const ids = await readdir(folders).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const id of ids) {
    await clearEndedRuns(join(folders, id, 'ansible-runs'));
    // Of a cluster that the database does not know, as after a restored backup, the folder tells whose it is.
    const isDeleted =
      ID.test(id) && (await clusters.get(id))?.phase === 'deleted';
    if (isDeleted)
      await rm(join(folders, id), { recursive: true, force: true });
  }
}
