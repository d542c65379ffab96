import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import createKnex from 'knex';
import { stringify } from 'yaml';
import { testConfigData } from '../__testUtils__/config';
import { engineDatabase } from '../engine/__testUtils__/engineDatabase';
import { SecretStore } from '../secrets/SecretStore';
import { run } from '.';

jest.setTimeout(60_000);

const secret = (byte: number) => Buffer.alloc(32, byte).toString('base64');
const oldKey = { id: '2025', secret: secret(1) };
const newKey = { id: '2026', secret: secret(2) };

describe('kubesmith rotate-keys', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubesmith-rotate-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const sqlite = () => ({
    client: 'better-sqlite3',
    connection: { filename: join(folder, 'kubesmith.sqlite') },
    useNullAsDefault: true,
  });

  async function rotateKeys(keys: object[], ...options: string[]) {
    const file = join(folder, 'app-config.yaml');
    await writeFile(
      file,
      stringify({
        backend: {
          database: {
            client: 'better-sqlite3',
            connection: { directory: folder },
          },
        },
        kubesmith: { ...testConfigData(), encryption: { keys } },
      }),
    );
    const lines: string[] = [];
    const code = await run(
      ['rotate-keys', '--config', file, ...options],
      text => lines.push(text),
    );
    return { code, lines };
  }

  async function withStore<T>(use: (store: SecretStore) => Promise<T>) {
    const knex = createKnex(sqlite());
    const keys = [{ id: '2025', secret: Buffer.alloc(32, 1) }];
    await use(new SecretStore(knex, keys));
    await knex.destroy();
  }

  /** As the portal's first start leaves it. */
  async function startedOnce() {
    const knex = createKnex(sqlite());
    await engineDatabase(knex);
    await knex.destroy();
  }

  it.each([[], ['--check']])(
    'should make no database and no table (%s)',
    async (...options) => {
      const first = await rotateKeys([oldKey], ...options);
      expect(first.code).toBe(1);
      expect(first.lines[0]).toMatch(
        /^There is no database at .*start the portal/,
      );
      expect(await readdir(folder)).toEqual(['app-config.yaml']);

      const knex = createKnex(sqlite());
      await knex.raw('create table other (id integer)');
      const second = await rotateKeys([oldKey], ...options);
      expect(second.code).toBe(1);
      expect(second.lines[0]).toMatch(
        /not those of this version \(\d+ changes/,
      );
      const tables = await knex('sqlite_master').select('name');
      await knex.destroy();
      expect(tables).toEqual([{ name: 'other' }]);
    },
  );

  it('should bring secrets under the first key and say which key may go', async () => {
    await startedOnce();
    expect(await rotateKeys([oldKey])).toEqual({
      code: 0,
      lines: [
        "0 secrets were encrypted with '2025'.",
        '2025: 0 secrets (encrypts new ones)',
      ],
    });
    await withStore(async store => {
      await store.put('c1', 'ssh-key', 'one');
      await store.put('c2', 'ssh-key', 'two');
    });
    expect(await rotateKeys([newKey, oldKey], '--check')).toEqual({
      code: 0,
      lines: [
        '2026: 0 secrets (encrypts new ones)',
        '2025: 2 secrets; keep it',
      ],
    });
    expect(await rotateKeys([newKey])).toEqual({
      code: 1,
      lines: [
        "0 secrets were encrypted with '2026'.",
        '2026: 0 secrets (encrypts new ones)',
        '2025: 2 secrets, and the configuration does not have this key. KUBESMITH-SECRET-KEY-MISSING: put it back.',
      ],
    });
    expect(await rotateKeys([newKey, oldKey])).toEqual({
      code: 0,
      lines: [
        "2 secrets were encrypted with '2026'.",
        '2026: 2 secrets (encrypts new ones)',
        '2025: 0 secrets; it may be removed from kubesmith.encryption.keys',
      ],
    });
    expect((await rotateKeys([newKey], '--check')).code).toBe(0);
  });

  it('should name what cannot be decrypted and leave it as it is', async () => {
    await startedOnce();
    await withStore(store => store.put('c1', 'ssh-key', 'one'));
    const wrong = { ...oldKey, secret: secret(9) };
    const { code, lines } = await rotateKeys([newKey, wrong]);
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatch(
      /^KUBESMITH-SECRET-UNREADABLE: The secret 'ssh-key' of 'c1' does not authenticate: the key '2025' in/,
    );
    expect((await rotateKeys([newKey, oldKey])).lines[0]).toBe(
      "1 secrets were encrypted with '2026'.",
    );
  });
});
