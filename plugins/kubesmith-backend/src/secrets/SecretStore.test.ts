import { randomBytes } from 'node:crypto';
import { createTestDatabases, openStores } from '../__testUtils__/databases';
import { SecretStore } from './SecretStore';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const oldKey = { id: 'old', secret: randomBytes(32) };
const newKey = { id: 'new', secret: randomBytes(32) };

describe.each(databases.eachSupportedId())('SecretStore on %s', databaseId => {
  async function setUp() {
    const { knex } = await openStores(await databases.init(databaseId));
    return { knex, secrets: new SecretStore(knex, [oldKey]) };
  }

  it('gives back what was put, text or bytes', async () => {
    const { secrets } = await setUp();
    const bytes = randomBytes(100_000);
    await secrets.put('c1', 'ssh-key', 'grün');
    await secrets.put('c1', 'state', bytes);
    await secrets.put('c1', 'empty', '');

    expect((await secrets.get('c1', 'ssh-key'))!.toString()).toBe('grün');
    expect((await secrets.get('c1', 'state'))!.equals(bytes)).toBe(true);
    expect((await secrets.get('c1', 'empty'))!.length).toBe(0);
    await expect(secrets.get('c2', 'ssh-key')).resolves.toBeUndefined();
  });

  it('stores nothing readable, and never the same twice', async () => {
    const { knex, secrets } = await setUp();
    await secrets.put('c1', 'a', 'canary-secret');
    await secrets.put('c1', 'b', 'canary-secret');
    const rows = await knex('secrets');
    const dump = JSON.stringify(rows);
    expect(dump).not.toContain('canary');
    expect(dump).not.toContain(Buffer.from('canary').toString('base64'));
    expect(rows[0].ciphertext).not.toBe(rows[1].ciphertext);
    expect(rows[0].nonce).not.toBe(rows[1].nonce);
  });

  it('replaces and deletes', async () => {
    const { secrets } = await setUp();
    await secrets.put('c1', 'a', 'one');
    await secrets.put('c1', 'a', 'two');
    await secrets.put('c1', 'b', 'three');
    await secrets.put('c2', 'a', 'four');
    expect((await secrets.get('c1', 'a'))!.toString()).toBe('two');
    await secrets.delete('c1', 'a');
    await expect(secrets.get('c1', 'a')).resolves.toBeUndefined();
    expect((await secrets.get('c1', 'b'))!.toString()).toBe('three');
    await secrets.delete('c1');
    await expect(secrets.get('c1', 'b')).resolves.toBeUndefined();
    expect((await secrets.get('c2', 'a'))!.toString()).toBe('four');
  });

  it('refuses a row that was moved to another cluster or changed', async () => {
    const { knex, secrets } = await setUp();
    await secrets.put('c1', 'a', 'one');
    await knex('secrets').update({ owner_id: 'c2' });
    await expect(secrets.get('c2', 'a')).rejects.toThrow(/authenticate/);
    await knex('secrets').update({ owner_id: 'c1' });
    expect((await secrets.get('c1', 'a'))!.toString()).toBe('one');
    await knex('secrets').update({
      ciphertext: randomBytes(19).toString('base64'),
    });
    await expect(secrets.get('c1', 'a')).rejects.toThrow(/authenticate/);
  });

  it('reads with old keys, writes with the first one', async () => {
    const { knex, secrets } = await setUp();
    await secrets.put('c1', 'a', 'one');
    const rotated = new SecretStore(knex, [newKey, oldKey]);
    expect((await rotated.get('c1', 'a'))!.toString()).toBe('one');
    await rotated.put('c1', 'b', 'two');
    const withoutOld = new SecretStore(knex, [newKey]);
    expect((await withoutOld.get('c1', 'b'))!.toString()).toBe('two');
    await expect(withoutOld.get('c1', 'a')).rejects.toThrow(
      "the key 'old', which kubesmith.encryption.keys does not have",
    );
  });
});
