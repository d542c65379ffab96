import { createHash, randomUUID } from 'node:crypto';
import { createTestDatabases, openStores } from '../__testUtils__/databases';
import { PLATFORM } from '../leases/records';
import { SecretStore } from '../secrets/SecretStore';
import { BackupStore } from './BackupStore';
import { newestBackup } from './newestBackup';
import { KEPT_BACKUPS } from './records';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const CANARY = 'canary-of-the-cluster';

describe.each(databases.eachSupportedId())('BackupStore on %s', databaseId => {
  async function setUp() {
    const { knex } = await openStores(await databases.init(databaseId));
    const secrets = new SecretStore(knex, [
      { id: 'k1', secret: Buffer.alloc(32, 7) },
    ]);
    const backups = new BackupStore(knex, secrets);
    const begin = (
      clusterId: string,
      options: {
        id?: string;
        initiator?: string;
        takenAt?: number;
        sha256?: string;
      } = {},
    ) => {
      const backup = {
        id: randomUUID(),
        clusterId,
        initiator: 'user:default/ada',
        takenAt: 1000,
        sha256: createHash('sha256').update(CANARY).digest('hex'),
        bytes: CANARY.length,
        keys: 12,
        etcdVersion: '3.6.8-0',
        kubernetesVersion: '1.36.3',
        controlPlanes: ['demo-cp-1'],
        ...options,
      };
      return knex
        .transaction(tx => backups.begin(tx, backup))
        .then(() => backup);
    };
    const put = (
      backup: { id: string; clusterId: string },
      position: number,
      text: string,
    ) =>
      knex.transaction(tx =>
        backups.putPiece(tx, backup, position, Buffer.from(text)),
      );
    const complete = (backup: { id: string; clusterId: string }) =>
      knex.transaction(tx => backups.complete(tx, backup));
    return { backups, begin, complete, knex, put, secrets };
  }

  it('gives back piece by piece what was put, and keeps nothing readable', async () => {
    const { backups, begin, complete, knex, put } = await setUp();
    const backup = await begin(randomUUID());
    await put(backup, 0, CANARY.slice(0, 7));
    expect(await backups.progress(backup.id)).toEqual({ bytes: 7, next: 1 });
    expect(await backups.list(backup.clusterId)).toEqual([]);
    await put(backup, 1, CANARY.slice(7));
    await complete(backup);
    const pieces = [0, 1, 2].map(position => backups.piece(backup, position));
    const [first, second, none] = await Promise.all(pieces);
    expect(`${first}${second}`).toBe(CANARY);
    expect(none).toBeUndefined();
    const [kept] = await backups.list(backup.clusterId);
    expect(kept).toEqual({ ...backup, completedAt: expect.any(Number) });
    expect(await newestBackup(backup.clusterId, knex)).toEqual({
      takenAt: 1000,
      keys: 12,
      kubernetesVersion: '1.36.3',
    });
    const rows = await knex('etcd_backup_pieces');
    const dump = Buffer.concat(rows.map(({ content }) => content));
    expect(dump.includes(CANARY.slice(0, 7))).toBe(false);
  });

  it('refuses pieces that were exchanged, and a piece that is put twice', async () => {
    const { backups, begin, knex, put } = await setUp();
    const backup = await begin(randomUUID());
    await put(backup, 0, 'one');
    await put(backup, 1, 'two');
    await expect(put(backup, 1, 'two')).rejects.toThrow();
    const [one, two] = await knex('etcd_backup_pieces').orderBy('position');
    await knex('etcd_backup_pieces')
      .where({ position: 0 })
      .update({ content: two.content });
    await expect(backups.piece(backup, 0)).rejects.toThrow();
    expect(one.content.equals(two.content)).toBe(false);
  });

  it('goes on with the same copy, and begins anew with another one', async () => {
    const { backups, begin, put } = await setUp();
    const clusterId = randomUUID();
    const { id } = await begin(clusterId);
    await put({ id, clusterId }, 0, 'one');
    await begin(clusterId, { id });
    expect(await backups.progress(id)).toEqual({ bytes: 3, next: 1 });
    await begin(clusterId, { id, sha256: 'f'.repeat(64) });
    expect(await backups.progress(id)).toEqual({ bytes: 0, next: 0 });
  });

  it('keeps the newest ones of each cluster, with their keys', async () => {
    const { backups, begin, complete, knex, put } = await setUp();
    const clusterId = randomUUID();
    const other = await begin(randomUUID());
    await complete(other);
    await begin(clusterId, { takenAt: 1 }); // was never finished
    const taken = [];
    for (let n = 0; n < KEPT_BACKUPS + 2; n++) {
      const backup = await begin(clusterId, { takenAt: 10 + n });
      await put(backup, 0, CANARY);
      await complete(backup);
      taken.push(backup.id);
    }
    const newest = taken.reverse().slice(0, KEPT_BACKUPS);
    const kept = await backups.list(clusterId);
    expect(kept.map(({ id }) => id)).toEqual(newest);
    const names = await knex('secrets').where({ owner_id: clusterId });
    expect(names.map(({ name }) => name).sort()).toEqual(
      newest.map(id => `backup-${id}`).sort(),
    );
    expect(await knex('etcd_backup_pieces')).toHaveLength(KEPT_BACKUPS);
    await knex.transaction(tx => backups.forget(tx, clusterId));
    expect(await backups.list(clusterId)).toEqual([]);
    expect(await knex('etcd_backup_pieces')).toEqual([]);
    expect(await backups.list(other.clusterId)).toHaveLength(1);
  });

  it('removes none that a person took for those that the portal takes', async () => {
    const { backups, begin, complete } = await setUp();
    const clusterId = randomUUID();
    const take = async (initiator: string, takenAt: number) => {
      const backup = await begin(clusterId, { initiator, takenAt });
      await complete(backup);
      return backup.id;
    };
    const own = await take('user:default/ada', 1);
    const automatic = [];
    for (let n = 0; n < KEPT_BACKUPS + 2; n++)
      automatic.push(await take(PLATFORM, 10 + n));
    expect((await backups.list(clusterId)).map(({ id }) => id)).toEqual([
      ...automatic.slice(-KEPT_BACKUPS).reverse(),
      own,
    ]);
  });

  it('can do nothing with a backup whose key is gone', async () => {
    const { backups, begin, put, secrets } = await setUp();
    const backup = await begin(randomUUID());
    await put(backup, 0, 'one');
    await secrets.delete(backup.clusterId);
    await expect(backups.piece(backup, 0)).rejects.toThrow(/key/);
  });
});
