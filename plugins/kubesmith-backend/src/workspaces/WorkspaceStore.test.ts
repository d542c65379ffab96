import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { createTestDatabases, openStores } from '../__testUtils__/databases';
import { ENGINE_TIMING } from '../engine/Engine';
import {
  endOfTools,
  type Taken,
  TOOLS_WITHOUT_BACKEND,
  WorkspaceStore,
} from './WorkspaceStore';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const END_MS = 120_000;
const cluster = randomUUID();

const storeAt = (knex: Knex, place: string) =>
  new WorkspaceStore(knex, { place: async () => place, endMs: END_MS });
const take = (knex: Knex, place: string): Promise<Taken> =>
  knex.transaction(tx => storeAt(knex, place).take(cluster, tx));
const leave = (knex: Knex, place: string) =>
  knex.transaction(tx => storeAt(knex, place).leave(cluster, tx));

it('should wait longer than a tool can live without its backend', () => {
  const { unattendedMs, graceMs } = TOOLS_WITHOUT_BACKEND;
  expect(endOfTools()).toBe(120_000);
  expect(endOfTools()).toBeGreaterThan(
    ENGINE_TIMING.leaseMs + unattendedMs + graceMs,
  );
});

describe('Workspaces on Postgres', () => {
  let knex: Knex;

  beforeEach(async () => {
    knex = (await openStores(await databases.init('POSTGRES_17'))).knex;
  });

  it('should be at one place after the other', async () => {
    expect(await storeAt(knex, 'b').isElsewhere(cluster)).toBe(false);
    expect(await take(knex, 'a')).toEqual({ taken: true });
    expect(await take(knex, 'a')).toEqual({ taken: true });
    expect(await storeAt(knex, 'b').isElsewhere(cluster)).toBe(true);
    await leave(knex, 'a');
    expect(await take(knex, 'b')).toEqual({ taken: true });
    expect(await storeAt(knex, 'a').isElsewhere(cluster)).toBe(true);
  });

  it('should let another place wait for the end of tools, counted from when it first asked', async () => {
    await take(knex, 'a');
    const first = await take(knex, 'b');
    expect(first).toEqual({ taken: false, waitMs: END_MS });
    await knex('workspaces').update({
      wanted_since: knex.raw('wanted_since - ?', [END_MS - 5000]),
    });
    // Whoever asks: the tools at the first place have the same end.
    const second = await take(knex, 'c');
    expect(second.taken).toBe(false);
    expect((second as { waitMs: number }).waitMs).toBeLessThanOrEqual(5000);
    await knex('workspaces').update({
      wanted_since: knex.raw('wanted_since - 5000'),
    });
    expect(await take(knex, 'b')).toEqual({ taken: true });
    expect(await knex('workspaces')).toEqual([
      expect.objectContaining({ place: 'b', wanted_since: null }),
    ]);
  });

  it('should begin to count anew when the first place got its lease back', async () => {
    await take(knex, 'a');
    await take(knex, 'b');
    await knex('workspaces').update({ wanted_since: 1 });
    await take(knex, 'a');
    expect(await take(knex, 'b')).toEqual({ taken: false, waitMs: END_MS });
  });

  it('should not let a place say that the tools of another one ended', async () => {
    await take(knex, 'a');
    await leave(knex, 'b');
    expect(await take(knex, 'b')).toMatchObject({ taken: false });
  });
});

it('should not wait on SQLite, where a place is another one because its folder was lost', async () => {
  const { knex } = await openStores(await databases.init('SQLITE_3'));
  await take(knex, 'a');
  expect(await take(knex, 'b')).toEqual({ taken: true });
  await knex.transaction(tx => storeAt(knex, 'b').forget(cluster, tx));
  expect(await knex('workspaces')).toEqual([]);
});
