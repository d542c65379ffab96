import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import createKnex, { type Knex } from 'knex';
import { as, startKubesmith } from '../__testUtils__/startKubesmith';
import { toStepError } from '../engine/failures';
import {
  databaseProblem,
  isDatabaseError,
  watchDatabase,
} from './databaseProblem';

jest.setTimeout(60_000);

const student = 'user:default/student-1';

describe('Errors of the database', () => {
  const coded = (code: string, message = 'insert into "secrets" - x') =>
    Object.assign(new Error(message), { code });

  it.each([
    ['SQLITE_BUSY', 'busy'],
    ['SQLITE_BUSY_SNAPSHOT', 'busy'],
    ['SQLITE_FULL', 'full'],
    ['SQLITE_IOERR_WRITE', 'damaged'],
    ['SQLITE_READONLY', 'read-only'],
    ['53100', 'full'],
    ['53300', 'away'],
    ['57P01', 'away'],
    ['08006', 'away'],
    ['40P01', 'busy'],
    ['25006', 'read-only'],
    ['23505', undefined],
    ['SQLITE_CONSTRAINT_UNIQUE', undefined],
    // Of something else than the database.
    ['ECONNREFUSED', undefined],
  ])('should know %s', (code, problem) => {
    expect(databaseProblem(coded(code))).toBe(problem);
  });

  it.each([
    'select * from "x" - Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Knex: Timeout acquiring a connection. The pool is probably full.',
    'select 1 - timeout expired',
  ])('should know "%s"', text => {
    expect(databaseProblem(new Error(text))).toBe('away');
  });

  it('should tell a refused connection of the database from those of others', async () => {
    const knex = createKnex({
      client: 'pg',
      connection: 'postgres://nobody@127.0.0.1:1/nothing',
      log: { warn() {} },
    });
    watchDatabase(knex);
    const error = await knex.select(1).catch(problem => problem);
    await knex.destroy();
    expect(error.code).toBe('ECONNREFUSED');
    expect(databaseProblem(error)).toBe('away');
    expect(isDatabaseError(new Error(error.message))).toBe(false);
    expect(toStepError(error).failure).toMatchObject({
      code: 'KUBESMITH-DATABASE-AWAY',
      // Waits without losing one of its tries.
      class: 'contention',
      message: expect.not.stringContaining('127.0.0.1'),
    });
  });
});

describe('The API on a database file', () => {
  let folder: string;
  let knex: Knex;
  let other: Knex;
  let kubesmith: Awaited<ReturnType<typeof startKubesmith>>;

  const open = (filename: string) =>
    createKnex({
      client: 'better-sqlite3',
      connection: { filename },
      useNullAsDefault: true,
    });
  const order = (name: string, requestId: string) =>
    kubesmith.post('/v1/clusters', as(student), {
      requestId,
      name,
      environment: 'distributed-systems-2026',
      size: 'small',
      workers: 1,
    });
  const counts = async () =>
    Promise.all(
      ['clusters', 'nodes', 'ip_addresses', 'operations', 'secrets'].map(
        async table => Number((await other(table).count({ n: '*' }))[0].n),
      ),
    );

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubesmith-faults-'));
    knex = open(join(folder, 'kubesmith.sqlite'));
    kubesmith = await startKubesmith(knex);
    other = open(join(folder, 'kubesmith.sqlite'));
  });

  afterEach(async () => {
    await kubesmith.backend.stop();
    await knex.destroy();
    await other.destroy();
    await rm(folder, { recursive: true });
  });

  it('should answer 503 while another process holds a lock, and go on afterwards', async () => {
    // Short, for the sake of the test; it is ten seconds otherwise.
    await knex.raw('PRAGMA busy_timeout = 50');
    const before = await counts();
    await other.raw('BEGIN EXCLUSIVE');
    const refused = await order('busy', '5d2e3bd0-28b4-4b0c-8e8e-4e7a2ad10001');
    await other.raw('ROLLBACK');
    expect(refused.status).toBe(503);
    expect(refused.body.error).toMatchObject({
      name: 'ServiceUnavailableError',
      code: 'KUBESMITH-DATABASE-BUSY',
      message: expect.stringContaining('locked by somebody else'),
    });
    expect(JSON.stringify(refused.body)).not.toMatch(/select|insert|update/i);
    expect(await counts()).toEqual(before);

    const placed = await order('busy', '5d2e3bd0-28b4-4b0c-8e8e-4e7a2ad10001');
    expect(placed.status).toBe(201);
  });

  it('should undo what cannot be committed because somebody reads, such as a backup', async () => {
    await knex.raw('PRAGMA busy_timeout = 50');
    const before = await counts();
    await other.raw('BEGIN');
    await other('clusters').select('id');
    const refused = await order('read', '5d2e3bd0-28b4-4b0c-8e8e-4e7a2ad30001');
    expect(refused.body.error.code).toBe('KUBESMITH-DATABASE-BUSY');
    await other.raw('COMMIT');
    expect(await counts()).toEqual(before);
    const list = await kubesmith.get('/v1/clusters', as(student));
    expect(list.body.items).toEqual([]);
    const placed = await order('read', '5d2e3bd0-28b4-4b0c-8e8e-4e7a2ad30001');
    expect(placed.status).toBe(201);
    expect((await counts())[0]).toBe(before[0] + 1);
  });

  it('should refuse orders without space, do nothing by half, and go on with space', async () => {
    const [{ page_count: pages }] = await knex.raw('PRAGMA page_count');
    await knex.raw(`PRAGMA max_page_count = ${pages}`);
    const before = await counts();
    const answers = [];
    for (let index = 0; index < 5; index++)
      answers.push(
        await order(
          `full-${index}`,
          `5d2e3bd0-28b4-4b0c-8e8e-4e7a2ad2000${index}`,
        ),
      );
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused.length).toBeGreaterThan(0);
    for (const { body, status } of refused) {
      expect(status).toBe(503);
      expect(body.error).toMatchObject({
        code: 'KUBESMITH-DATABASE-FULL',
        message: expect.stringContaining('No space is left'),
      });
    }
    const accepted = answers.length - refused.length;
    expect(await counts()).toEqual([
      before[0] + accepted,
      before[1] + 2 * accepted,
      before[2] + 3 * accepted,
      before[3] + accepted,
      before[4] + 2 * accepted,
    ]);
    expect(await other.raw('PRAGMA integrity_check')).toEqual([
      { integrity_check: 'ok' },
    ]);
    expect((await kubesmith.get('/v1/clusters', as(student))).status).toBe(200);

    await knex.raw('PRAGMA max_page_count = 1000000');
    const placed = await order(
      'full-9',
      '5d2e3bd0-28b4-4b0c-8e8e-4e7a2ad20009',
    );
    expect(placed.status).toBe(201);
  });
});
