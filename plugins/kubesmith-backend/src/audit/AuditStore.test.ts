import type { Knex } from 'knex';
import { createTestDatabases, openStores } from '../__testUtils__/databases';
import { AuditStore } from './AuditStore';
import type { AuditEvent } from './records';

jest.setTimeout(60_000);

const databases = createTestDatabases();

const event = (values: Partial<AuditEvent> = {}): AuditEvent => ({
  actor: 'user:default/student-1',
  action: 'cluster.order',
  outcome: 'done',
  detail: { name: 'demo' },
  ...values,
});

describe.each(databases.eachSupportedId())('the audit trail on %s', id => {
  let knex: Knex;
  let trail: AuditStore;

  beforeEach(async () => {
    knex = await databases.init(id);
    await openStores(knex);
    trail = new AuditStore(knex);
  });

  /** As somebody with the database's password would do it. */
  const behindOurBack = async (statement: string) => {
    if (id === 'SQLITE_3') {
      await knex.raw('DROP TRIGGER audit_entries_update');
      await knex.raw('DROP TRIGGER audit_entries_delete');
    } else {
      await knex.raw('DROP TRIGGER audit_entries_guard ON audit_entries');
    }
    await knex.raw(statement);
  };

  it('numbers entries without gaps, also when they come at once', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        trail.append(event({ detail: { n } })),
      ),
    );
    const entries = await trail.list({}, { limit: 100 });
    expect(entries.map(({ seq }) => seq)).toEqual(
      Array.from({ length: 20 }, (_, n) => 20 - n),
    );
    expect(new Set(entries.map(({ detail }) => detail.n)).size).toBe(20);
    expect(await trail.verify()).toEqual({
      intact: true,
      entries: 20,
      firstSeq: 1,
      lastSeq: 20,
      lastHash: entries[0].hash,
      brokenAt: undefined,
    });
  });

  it('finds entries by who, what, where, how it ended, and when', async () => {
    await trail.append(event());
    await trail.append(
      event({
        actor: 'user:default/student-2',
        action: 'cluster.delete',
        outcome: 'denied',
        code: 'KUBESMITH-NOT-ALLOWED',
        environment: 'research',
        clusterId: '11111111-1111-4111-8111-111111111111',
      }),
    );
    const [second, first] = await trail.list({}, { limit: 10 });
    const seqs = async (filter: Parameters<AuditStore['list']>[0]) =>
      (await trail.list(filter, { limit: 10 })).map(({ seq }) => seq);
    expect(await seqs({ actor: 'user:default/student-2' })).toEqual([2]);
    expect(await seqs({ action: 'cluster.order' })).toEqual([1]);
    expect(await seqs({ outcome: 'denied' })).toEqual([2]);
    expect(await seqs({ environment: 'research' })).toEqual([2]);
    expect(await seqs({ clusterId: second.clusterId })).toEqual([2]);
    expect(await seqs({ outcome: 'failed' })).toEqual([]);
    expect(await seqs({ until: first.time })).toEqual([]);
    expect(await seqs({ from: first.time })).toContain(1);
    expect(await trail.count({ outcome: 'denied' })).toBe(1);
    expect(
      (await trail.list({}, { limit: 10, before: 2 })).map(({ seq }) => seq),
    ).toEqual([1]);
  });

  it.each([
    "UPDATE audit_entries SET actor = 'x'",
    'DELETE FROM audit_entries',
  ])('refuses %s', async statement => {
    await trail.append(event());
    await expect(knex.raw(statement)).rejects.toThrow(/append-only/);
  });

  it.each([
    [
      'a changed entry',
      "UPDATE audit_entries SET actor = 'x' WHERE seq = 2",
      2,
    ],
    ['a missing entry', 'DELETE FROM audit_entries WHERE seq = 2', 2],
    ['a missing end', 'DELETE FROM audit_entries WHERE seq = 3', 3],
    [
      'an end that was rewritten',
      "UPDATE audit_chain SET hash = '00' WHERE id = 1",
      3,
    ],
  ])('notices %s', async (_what, statement, brokenAt) => {
    for (let n = 0; n < 3; n += 1) await trail.append(event({ detail: { n } }));
    await behindOurBack(statement);
    expect(await trail.verify()).toMatchObject({ intact: false, brokenAt });
  });

  it('deletes what is older than the retention time, and stays a chain', async () => {
    for (let n = 0; n < 3; n += 1) await trail.append(event());
    expect(await trail.prune(60_000)).toBe(0);
    await new Promise(resolve => setTimeout(resolve, 5));
    expect(await trail.prune(0)).toBe(3);
    await trail.append(event());
    expect(await trail.verify()).toMatchObject({
      intact: true,
      entries: 1,
      firstSeq: 4,
      lastSeq: 4,
    });
  });

  it('leaves out details that are too long', async () => {
    const entry = await trail.append(
      event({ detail: { reason: 'x'.repeat(10_000) } }),
    );
    expect(entry.detail).toEqual({ leftOut: '10013 characters' });
    expect((await trail.verify()).intact).toBe(true);
  });
});
