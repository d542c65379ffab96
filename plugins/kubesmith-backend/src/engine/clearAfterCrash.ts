import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { clearEndedRuns } from '../tools/ansible/AnsibleWorkspace';

/** Ends the key agents of runs whose backend died before it could do so. */
export async function clearAfterCrash(dataDirectory: string): Promise<void> {
  const clusters = join(dataDirectory, 'clusters');
  const ids = await readdir(clusters).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const id of ids)
    await clearEndedRuns(join(clusters, id, 'ansible-runs'));
}
