import { TestDatabases, mockServices } from '@backstage/backend-test-utils';
import { DatabasePolicies } from './DatabasePolicies';
import { PolicyVersionStore } from './PolicyVersionStore';

jest.setTimeout(60_000);

const withRole = (name: string) =>
  `apiVersion: kubesmith.io/v1\nkind: Policies\nroles:\n  - name: ${name}\n`;

const databases = TestDatabases.create({ ids: ['SQLITE_3', 'POSTGRES_17'] });

describe.each(databases.eachSupportedId())('DatabasePolicies on %s', id => {
  async function setUp() {
    const knex = await databases.init(id);
    const logger = mockServices.logger.mock();
    const replica = async () => {
      const store = await PolicyVersionStore.open(
        mockServices.database.mock({ getClient: async () => knex }),
      );
      return {
        store,
        source: new DatabasePolicies({ store, administrators: [], logger }),
      };
    };
    return { knex, logger, replica };
  }
  const rolesOf = async (source: DatabasePolicies) => {
    const { policies, version } = await source.current();
    return [version, ...policies.document.roles.map(({ name }) => name)];
  };
  const author = 'user:default/ada';

  it('begins with the policies that ship; what is saved holds at once in every replica', async () => {
    const { replica } = await setUp();
    const one = await replica();
    const two = await replica();
    const shipped = [
      0,
      'administrator',
      'environment-lead',
      'member',
      'viewer',
    ];
    expect(await rolesOf(one.source)).toEqual(shipped);
    expect(await rolesOf(two.source)).toEqual(shipped);

    const before = Date.now();
    await expect(
      one.store.add({
        yaml: withRole('mine'),
        author,
        reason: 'for a start',
        expectedVersion: 0,
      }),
    ).resolves.toBe(1);
    expect(await rolesOf(two.source)).toEqual([1, 'mine']);
    expect(await rolesOf(one.source)).toEqual([1, 'mine']);

    const [saved] = await two.store.list({ limit: 10, offset: 0 });
    expect(saved).toEqual({
      version: 1,
      author,
      reason: 'for a start',
      createdAt: expect.any(Number),
    });
    expect(Math.abs(saved.createdAt - before)).toBeLessThan(60_000);
  });

  it('gives one of those who save at the same moment the version', async () => {
    const { replica } = await setUp();
    const { store, source } = await replica();
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) =>
        store.add({
          yaml: withRole(`role-${n}`),
          author,
          reason: '',
          expectedVersion: 0,
        }),
      ),
    );
    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(7);
    for (const result of refused) {
      expect((result as PromiseRejectedResult).reason).toMatchObject({
        name: 'ConflictError',
        message: expect.stringContaining(
          'Version 1 of the policies is the newest',
        ),
      });
    }
    const winner = results.findIndex(({ status }) => status === 'fulfilled');
    expect(await rolesOf(source)).toEqual([1, `role-${winner}`]);
    await expect(
      store.add({
        yaml: withRole('x'),
        author,
        reason: '',
        expectedVersion: 7,
      }),
    ).rejects.toThrow('yours began with version 7');
    expect(await store.list({ limit: 10, offset: 0 })).toHaveLength(1);
  });

  it('gives all questions of one request the same version, while policies are edited', async () => {
    const { replica } = await setUp();
    const writer = await replica();
    const reader = await replica();
    let version = 0;
    let done = false;
    const writing = (async () => {
      while (version < 30) {
        version = await writer.store.add({
          yaml: withRole(`role-${version + 1}`),
          author,
          reason: '',
          expectedVersion: version,
        });
        await new Promise(resolve => setTimeout(resolve, 2));
      }
      done = true;
    })();
    const seen = new Set<number>();
    while (!done) {
      const atLeast = version;
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => reader.source.current()),
      );
      expect(new Set(answers).size).toBe(1);
      const [{ policies, version: got }] = answers;
      expect(got).toBeGreaterThanOrEqual(atLeast);
      seen.add(got);
      expect(policies.document.roles[0].name).toBe(
        got === 0 ? 'administrator' : `role-${got}`,
      );
      await new Promise(resolve => setImmediate(resolve));
    }
    await writing;
    expect(seen.size).toBeGreaterThan(1);
    expect((await reader.source.current()).version).toBe(30);
  });

  it('keeps the last good version when a newer release saved one that it cannot read', async () => {
    const { knex, logger, replica } = await setUp();
    const { store, source } = await replica();
    const add = (yaml: string, expectedVersion: number) =>
      store.add({ yaml, author, reason: '', expectedVersion });
    await add(withRole('good'), 0);
    await rolesOf(source);
    await add('apiVersion: kubesmith.io/v9', 1);
    expect(await rolesOf(source)).toEqual([1, 'good']);
    expect(await rolesOf(source)).toEqual([1, 'good']);
    expect(source.health()).toMatchObject({
      status: 'failing',
      problems: [
        { message: expect.stringContaining('version 1 stays in force') },
      ],
    });
    expect(logger.error).toHaveBeenCalledTimes(1);
    // Without a last good version everything is refused.
    await expect((await replica()).source.current()).rejects.toThrow(
      'cannot be used',
    );
    await add(withRole('better'), 2);
    expect(await rolesOf(source)).toEqual([3, 'better']);
    expect(source.health().status).toBe('ok');
    await knex('kubesmith_policy_versions').delete();
  });
});
