import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createTestDatabases, openStores } from './__testUtils__/databases';
import { readDatabaseTime } from './database/databaseTime';
import { engineDatabase } from './engine/__testUtils__/engineDatabase';

jest.setTimeout(60_000);

/**
 * Where the machine's own clock may be read, and why it decides nothing that several processes must agree on. Waits inside one
 * process use performance.now(), which is never set.
 */
const MAY_READ_THE_CLOCK = [
  // With the clock that is never set beside it; the earlier one counts, so that work only ends too early.
  'engine/deadline.ts',
  // Compares Proxmox's clock, or a node's, with ours: that is its purpose.
  'cli/preflight/checkConnection.ts',
  'steps/power/checkGuest.ts',
  // A node's heartbeats are by its own clock, which was compared with ours just before.
  'steps/resize/resizeNodes.ts',
  // How long a tool may run and take to start; other processes of this machine read it.
  'tools/process/SupervisedRun.ts',
  // Names of folders and files.
  'tools/process/runDirectory.ts',
  'tools/terraform/state.ts',
];

it('should read the machine’s own clock nowhere else', () => {
  const found = readdirSync(__dirname, { recursive: true, encoding: 'utf8' })
    .filter(
      file =>
        file.endsWith('.ts') &&
        !file.endsWith('.test.ts') &&
        !file.includes('__testUtils__'),
    )
    .filter(file =>
      /Date\.now\(|new Date\(\)/.test(
        readFileSync(join(__dirname, file), 'utf8'),
      ),
    )
    .map(file => relative('.', file));
  expect(found.filter(file => !MAY_READ_THE_CLOCK.includes(file))).toEqual([]);
});

const databases = createTestDatabases();
const TEN_MINUTES = 600_000;

describe.each(databases.eachSupportedId())('Clocks with %s', databaseId => {
  afterEach(() => jest.restoreAllMocks());

  it('should give leases and grants by the database’s time, whatever the replicas think', async () => {
    const stores = await openStores(await databases.init(databaseId));
    const { grants, knex, operations } = stores;
    const { clusterId, operationId } = await (
      await engineDatabase(knex)
    ).order();
    const right = Date.now;
    const clock = { offset: -TEN_MINUTES };
    jest.spyOn(Date, 'now').mockImplementation(() => right() + clock.offset);

    // A replica whose clock is late claims; one whose clock is early does not think that the lease is over.
    const lease = (await operations.claim({ owner: 'late', leaseMs: 30_000 }))!;
    expect(lease.operationId).toBe(operationId);
    clock.offset = TEN_MINUTES;
    await expect(
      operations.claim({ owner: 'early', leaseMs: 30_000 }),
    ).resolves.toBeUndefined();
    // The late one steps back even further and renews.
    clock.offset = -2 * TEN_MINUTES;
    await operations.renew(lease, 30_000);
    const now = await readDatabaseTime(knex);
    const { leaseUntil } = (await operations.get(operationId))!;
    expect(leaseUntil! - now).toBeGreaterThan(0);
    expect(leaseUntil! - now).toBeLessThanOrEqual(30_000);

    const id = '5d2e3bd0-28b4-4b0c-8e8e-4e7a2ad40001';
    const grant = await grants.insert({
      id,
      clusterId,
      userRef: 'user:default/student-1',
      role: 'viewer',
      serviceAccount: 'grant',
      secretName: 'grant',
      lifetimeMs: 3_600_000,
    });
    expect(Math.abs(grant.createdAt - now)).toBeLessThan(60_000);
    expect(grant.expiresAt - grant.createdAt).toBe(3_600_000);
  });
});
