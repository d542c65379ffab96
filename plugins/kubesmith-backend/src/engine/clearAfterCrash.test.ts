import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterRecord } from '../database/records';
import { clearAfterCrash } from './clearAfterCrash';

describe('A data directory after a restart', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubesmith-clear-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('should lose the folders of clusters that another replica deleted, and no other', async () => {
    const [deleted, ready, unknown] = [
      randomUUID(),
      randomUUID(),
      randomUUID(),
    ];
    for (const id of [deleted, ready, unknown, 'notes'])
      await mkdir(join(folder, 'clusters', id, 'ansible-runs'), {
        recursive: true,
      });
    const phases: Record<string, string> = {
      [deleted]: 'deleted',
      [ready]: 'ready',
    };
    await clearAfterCrash(folder, {
      get: async id =>
        phases[id]
          ? ({ phase: phases[id] } as Partial<ClusterRecord> as ClusterRecord)
          : undefined,
    });
    expect((await readdir(join(folder, 'clusters'))).sort()).toEqual(
      [ready, unknown, 'notes'].sort(),
    );
  });

  it('should be nothing to worry about when it is new', async () => {
    await clearAfterCrash(folder, { get: async () => undefined });
    expect(await readdir(folder)).toEqual([]);
  });
});
