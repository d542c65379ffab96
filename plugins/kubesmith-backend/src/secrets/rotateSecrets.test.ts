import { randomBytes } from 'node:crypto';
import { mockServices } from '@backstage/backend-test-utils';
import type { Knex } from 'knex';
import { createTestDatabases, openStores } from '../__testUtils__/databases';
import type { EncryptionKey } from '../config/types';
import { keyUses, rotateSecrets } from './rotateSecrets';
import { SecretStore } from './SecretStore';
import { watchKeys } from './watchKeys';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const key = (id: string): EncryptionKey => ({ id, secret: randomBytes(32) });
const oldKey = key('2025');
const newKey = key('2026');

describe.each(databases.eachSupportedId())('Key rotation on %s', databaseId => {
  let knex: Knex;
  const storeWith = (...keys: EncryptionKey[]) => new SecretStore(knex, keys);
  const nameOf = (index: number) => `cluster-${String(index).padStart(3, '0')}`;

  beforeEach(async () => {
    ({ knex } = await openStores(await databases.init(databaseId)));
  });

  /** More than two batches. */
  async function fill(count = 120) {
    const store = storeWith(oldKey);
    for (let index = 0; index < count; index++)
      await store.put(nameOf(index), 'ssh-key', `secret ${index}`);
  }

  it('should bring everything under the first key; then the old one may go, and before it may not', async () => {
    await fill();
    await expect(
      storeWith(newKey).get(nameOf(7), 'ssh-key'),
    ).rejects.toMatchObject({ problem: 'key-missing', keyId: '2025' });
    expect(await keyUses(knex, [newKey, oldKey])).toEqual([
      { keyId: '2026', role: 'current', secrets: 0 },
      { keyId: '2025', role: 'old', secrets: 120 },
    ]);

    expect(await rotateSecrets(knex, [newKey, oldKey])).toEqual({
      reencrypted: 120,
      unreadable: [],
    });

    expect(await keyUses(knex, [newKey, oldKey])).toEqual([
      { keyId: '2026', role: 'current', secrets: 120 },
      { keyId: '2025', role: 'old', secrets: 0 },
    ]);
    for (const index of [0, 50, 119]) {
      const secret = await storeWith(newKey).get(nameOf(index), 'ssh-key');
      expect(secret!.toString()).toBe(`secret ${index}`);
    }
    // Again: nothing is left to do.
    expect(await rotateSecrets(knex, [newKey, oldKey])).toEqual({
      reencrypted: 0,
      unreadable: [],
    });
  });

  it('should leave alone what others change in the meantime, and let several replicas do it at once', async () => {
    await fill();
    const writer = storeWith(newKey, oldKey);
    const [a, b, c] = await Promise.all([
      rotateSecrets(knex, [newKey, oldKey]),
      rotateSecrets(knex, [newKey, oldKey]),
      rotateSecrets(knex, [newKey, oldKey]),
      (async () => {
        for (let index = 0; index < 120; index += 10)
          await writer.put(nameOf(index), 'ssh-key', `changed ${index}`);
        await writer.delete(nameOf(119));
      })(),
    ]);
    const rotated = a.reencrypted + b.reencrypted + c.reencrypted;
    expect(rotated).toBeLessThanOrEqual(120);
    expect(rotated).toBeGreaterThanOrEqual(120 - 13);
    const store = storeWith(newKey);
    for (let index = 0; index < 119; index++) {
      const secret = await store.get(nameOf(index), 'ssh-key');
      expect(secret!.toString()).toBe(
        index % 10 === 0 ? `changed ${index}` : `secret ${index}`,
      );
    }
    await expect(store.get(nameOf(119), 'ssh-key')).resolves.toBeUndefined();
  });

  it('should go around secrets whose key is missing or another one, and name both', async () => {
    await fill(3);
    await storeWith(key('lost')).put('of-lost-key', 'ssh-key', 'x');
    await storeWith({ ...key('2025') }).put('of-other-2025', 'ssh-key', 'x');
    const before = await knex('secrets').whereLike('owner_id', 'of-%');

    const { reencrypted, unreadable } = await rotateSecrets(knex, [
      newKey,
      oldKey,
    ]);

    expect(reencrypted).toBe(3);
    expect(
      unreadable.map(({ problem, secret, keyId }) => [
        secret.owner_id,
        problem,
        keyId,
      ]),
    ).toEqual([
      ['of-lost-key', 'key-missing', 'lost'],
      ['of-other-2025', 'key-wrong', '2025'],
    ]);
    expect(await knex('secrets').whereLike('owner_id', 'of-%')).toEqual(before);

    const logger = mockServices.logger.mock();
    await watchKeys({ knex, keys: [newKey, oldKey], logger });
    const said = logger.error.mock.calls.map(([text]) => text).join('\n');
    expect(said).toMatch(
      /KUBESMITH-SECRET-KEY-MISSING: 1 secrets are encrypted with the key 'lost'/,
    );
    expect(said).toMatch(/KUBESMITH-SECRET-UNREADABLE: 1 secrets/);
    expect(logger.info).not.toHaveBeenCalledWith(
      expect.stringContaining('may be removed'),
    );
  });

  it('should tell the administrator when a key may be removed', async () => {
    await fill(2);
    const logger = mockServices.logger.mock();
    await watchKeys({ knex, keys: [newKey, oldKey], logger });
    expect(logger.info.mock.calls.map(([text]) => text)).toEqual([
      "2 secrets are now encrypted with the key '2026'",
      "No secret uses the encryption key '2025' any more; it may be removed from kubesmith.encryption.keys",
    ]);
    expect(logger.error).not.toHaveBeenCalled();
  });

  it('should say to steps and people which key is missing or wrong', async () => {
    await storeWith(oldKey).put('c1', 'ssh-key', 'x');
    const missing = await storeWith(newKey)
      .get('c1', 'ssh-key')
      .catch(e => e);
    expect(missing.toStepError().failure).toEqual({
      code: 'KUBESMITH-SECRET-KEY-MISSING',
      class: 'permanent',
      message: expect.stringContaining("the key '2025', which"),
      nextStep: expect.stringContaining("put the key '2025' back into"),
    });
    const wrong = await storeWith(key('2025'))
      .get('c1', 'ssh-key')
      .catch(e => e);
    expect(wrong.toStepError().failure).toMatchObject({
      code: 'KUBESMITH-SECRET-UNREADABLE',
      message: expect.stringContaining("the configured key '2025' is not"),
    });
  });
});
