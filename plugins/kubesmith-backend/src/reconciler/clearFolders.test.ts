import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mockServices } from '@backstage/backend-test-utils';
import { createTestDatabases, openStores } from '../__testUtils__/databases';
import { engineDatabase } from '../engine/__testUtils__/engineDatabase';
import { RestoreStore } from '../restore/RestoreStore';
import { clearFolders } from './clearFolders';

jest.setTimeout(60_000);

const databases = createTestDatabases();

describe.each(databases.eachSupportedId())('clearFolders on %s', id => {
  let dataDirectory: string;
  beforeEach(async () => {
    dataDirectory = await mkdtemp(join(tmpdir(), 'kubesmith-folders-'));
  });
  afterEach(() => rm(dataDirectory, { recursive: true }));

  it('should remove the folders of clusters that were deleted an hour ago, and no others', async () => {
    const { clusters, knex } = await openStores(await databases.init(id));
    const db = await engineDatabase(knex);
    const deps = {
      clusters,
      dataDirectory,
      knex,
      logger: mockServices.logger.mock(),
      restores: new RestoreStore(knex),
    };
    expect(await clearFolders(deps)).toEqual([]);
    const live = (await db.order({ name: 'live' })).clusterId;
    const fresh = (await db.order({ name: 'fresh' })).clusterId;
    const old = (await db.order({ name: 'old' })).clusterId;
    for (const cluster of [fresh, old]) await clusters.markDeleted(cluster);
    await knex('clusters').where({ id: old }).update({ deleted_at: 1 });
    const unknown = randomUUID();
    const names = [live, fresh, old, unknown, 'notes'].sort();
    for (const name of names) {
      await mkdir(join(dataDirectory, 'clusters', name), { recursive: true });
      await writeFile(join(dataDirectory, 'clusters', name, 'x'), 'x');
    }
    const left = async () =>
      (await readdir(join(dataDirectory, 'clusters'))).sort();

    await knex('database_generation').update({
      restore_state: 'compared',
      restore_reason: 'a test',
    });
    expect(await clearFolders(deps)).toEqual([]);
    expect(await left()).toEqual(names);
    await knex('database_generation').update({ restore_state: null });
    expect(await clearFolders(deps)).toEqual([old]);
    expect(await left()).toEqual(names.filter(name => name !== old));
  });
});
