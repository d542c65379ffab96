import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import createKnex, { type Knex } from 'knex';
import { stringify } from 'yaml';
import { testConfigData } from '../__testUtils__/config';
import { AuditStore } from '../audit/AuditStore';
import { engineDatabase } from '../engine/__testUtils__/engineDatabase';
import { TokenStore } from '../tokens/TokenStore';
import { run } from '.';

jest.setTimeout(60_000);

const ADA = 'user:default/ada';

describe('kubesmith revoke-token', () => {
  let folder: string;
  let knex: Knex;
  let store: TokenStore;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubesmith-tokens-'));
    knex = createKnex({
      client: 'better-sqlite3',
      connection: { filename: join(folder, 'kubesmith.sqlite') },
      useNullAsDefault: true,
    });
    await engineDatabase(knex);
    store = new TokenStore(knex);
  });

  afterEach(async () => {
    await knex.destroy();
    await rm(folder, { recursive: true });
  });

  async function command(...args: string[]) {
    const file = join(folder, 'app-config.yaml');
    const database = {
      client: 'better-sqlite3',
      connection: { directory: folder },
    };
    await writeFile(
      file,
      stringify({ backend: { database }, kubesmith: testConfigData() }),
    );
    const lines: string[] = [];
    const code = await run(['revoke-token', ...args, '--config', file], text =>
      lines.push(text),
    );
    return { code, text: lines.join('\n') };
  }

  let made = 0;
  async function token(name: string, userRef = ADA, lifetimeMs = 3_600_000) {
    made += 1;
    const lookup = `${made}`.padStart(16, '0');
    return store.add({
      userRef,
      name,
      scope: 'read',
      lookup,
      hash: '0'.repeat(64),
      lifetimeMs,
    });
  }

  it('shows what works, ends one or all of it, and nothing of others', async () => {
    const first = await token('laptop');
    const second = await token('build server');
    await token('old', ADA, -1);
    const other = await token('theirs', 'user:default/eve');

    const shown = await command(ADA);
    expect(shown.code).toBe(0);
    expect(shown.text).toMatch(/^2 access tokens of user:default\/ada work\./);
    expect(shown.text).toContain(`${first.id}  laptop: read, made 20`);
    expect(shown.text).not.toMatch(/old|theirs/);

    const foreign = await command(ADA, '--token', other.id);
    expect(foreign.code).toBe(1);
    expect(foreign.text).toContain('has no access token');
    expect((await command('ada')).text).toContain('is no person');
    expect((await command(ADA, '--all', '--token', first.id)).code).toBe(1);

    const one = await command(ADA, '--token', first.id);
    expect(one.text).toContain(`Ended ${first.id} (laptop)`);
    const all = await command('User:Default/Ada', '--all');
    expect(all.text).toContain(`Ended ${second.id}`);
    expect(all.text).not.toContain(first.id);
    expect((await command(ADA, '--all')).text).toBe(
      '0 access tokens of user:default/ada work.',
    );

    expect(await store.countLive(ADA)).toBe(0);
    expect(await store.countLive('user:default/eve')).toBe(1);
    const entries = await new AuditStore(knex).list({}, { limit: 10 });
    expect(entries).toMatchObject([
      {
        actor: expect.stringMatching(/^command-line:/),
        action: 'token.revoke',
        detail: { tokenId: second.id, user: ADA },
      },
      { action: 'token.revoke', detail: { tokenId: first.id } },
    ]);
  });
});
