import { execFileSync } from 'node:child_process';
import {
  mkdtempSync,
  rmSync,
  statfsSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { people } from '../__testUtils__/people';
import { LARGE, raceConfigData } from '../__testUtils__/replicas/raceConfig';
import { type Answer, Replicas } from '../__testUtils__/replicas/Replicas';
import { eventually } from '../engine/__testUtils__/engineDatabase';

jest.setTimeout(15 * 60_000);

const { student1 } = people;
const POSTGRES_VARIABLE =
  'BACKSTAGE_TEST_DATABASE_POSTGRES17_CONNECTION_STRING';
const LEASE_MS = 30_000;
const AWAY_MS = LEASE_MS + 3000;
const LOCKED_MS = 20_000;

let requests = 0;

/** Orders a cluster; the same name is the same request. */
async function order(replicas: Replicas, name: string): Promise<Answer> {
  requests += 1;
  return replicas.call(requests, 'POST', '/v1/clusters', student1, {
    requestId: `5d2e3bd0-28b4-4b0c-8e8e-${Buffer.from(
      name.padEnd(6, '-').slice(0, 6),
    ).toString('hex')}`,
    name,
    environment: LARGE,
    size: 'small',
    workers: 1,
  });
}

/** Orders a cluster whose creation stays in the step `kubernetes`. */
async function orderAndHold(replicas: Replicas, name: string) {
  await replicas.hold('kubernetes');
  const { body, status } = await order(replicas, name);
  expect(status).toBe(201);
  await eventually(
    async () =>
      (
        await replicas.performed()
      ).some(({ step, what }) => step === 'kubernetes' && what === 'begun'),
    'the step',
    180_000,
  );
  return body.operation.id as string;
}

/** Lets it go on, and expects that every step was done exactly once and never by two at a time. */
async function expectGoodEnd(replicas: Replicas, operationId: string) {
  await replicas.letGo('kubernetes');
  const operation = await eventually(
    async () => {
      const { body, status } = await replicas.call(
        0,
        'GET',
        `/v1/operations/${operationId}`,
        student1,
      );
      return status === 200 && body.finishedAt && body;
    },
    'the end of the operation',
    300_000,
  );
  expect(operation.status).toBe('succeeded');
  const performed = (await replicas.performed()).filter(
    step => step.operationId === operationId,
  );
  for (const step of ['machines', 'kubernetes', 'verify', 'activate']) {
    const notes = performed.filter(note => note.step === step);
    expect(notes.filter(({ what }) => what === 'done')).toHaveLength(1);
    let holders = 0;
    for (const { what } of notes) {
      holders += what === 'begun' ? 1 : -1;
      expect(holders).toBeLessThanOrEqual(1);
    }
    // Taken up again, never begun anew.
    notes
      .filter(({ what }) => what === 'begun')
      .slice(1)
      .forEach(({ resumed }) => expect(resumed).toBe(true));
  }
}

/** Rows of what an order makes; a cluster has two nodes and three addresses. */
async function expectNothingByHalf(replicas: Replicas, clusters: number) {
  const count = async (table: string) =>
    Number((await replicas.knex(table).count({ n: '*' }))[0].n);
  expect(await count('clusters')).toBe(clusters);
  expect(await count('nodes')).toBe(2 * clusters);
  expect(await count('operations')).toBe(clusters);
  expect(await count('operation_steps')).toBe(5 * clusters);
  expect(
    Number(
      (
        await replicas
          .knex('ip_addresses')
          .whereNotNull('cluster_id')
          .count({ n: '*' })
      )[0].n,
    ),
  ).toBe(3 * clusters);
}

function expectClearRefusal({ body, status }: Answer, code: string) {
  expect([status, body.error?.code]).toEqual([503, code]);
  expect(JSON.stringify(body)).not.toMatch(
    /select |insert |update |SQLITE|ECONN/,
  );
}

describe('A Postgres that goes away for longer than a lease', () => {
  it('should be answered with 503s, and operations go on afterwards', async () => {
    const { startPostgres } = require('../../testing/postgres/server.js');
    const server = await startPostgres({ durable: true });
    const before = process.env[POSTGRES_VARIABLE];
    process.env[POSTGRES_VARIABLE] = server.connectionString;
    let replicas: Replicas | undefined;
    try {
      replicas = await Replicas.start('POSTGRES_17', {
        count: 2,
        kubesmith: raceConfigData(),
        leaseMs: LEASE_MS,
      });
      const operationId = await orderAndHold(replicas, 'held');
      await server.halt();
      const haltedAt = performance.now();
      while (performance.now() - haltedAt < AWAY_MS) {
        for (const replica of [0, 1]) {
          const asked = performance.now();
          expectClearRefusal(
            await replicas.call(replica, 'GET', '/v1/clusters', student1),
            'KUBESMITH-DATABASE-AWAY',
          );
          const health = await replicas.call(
            replica,
            'GET',
            '/v1/health',
            student1,
          );
          expect(health).toMatchObject({
            status: 503,
            body: { database: 'failing' },
          });
          expect(performance.now() - asked).toBeLessThan(20_000);
        }
        expectClearRefusal(
          await order(replicas, 'away'),
          'KUBESMITH-DATABASE-AWAY',
        );
        await delay(2000);
      }
      await server.resume();
      // Orders are possible again at once, and what was refused was not done by half.
      expect((await order(replicas, 'away')).status).toBe(201);
      await expectGoodEnd(replicas, operationId);
      await expectNothingByHalf(replicas, 2);
    } finally {
      await replicas?.stop();
      process.env[POSTGRES_VARIABLE] = before;
      await server.stop();
    }
  });
});

describe('A SQLite file', () => {
  it('that another process locks for 20 s makes requests wait or be refused, and operations go on', async () => {
    const replicas = await Replicas.start('SQLITE_3', {
      count: 1,
      kubesmith: raceConfigData(),
    });
    try {
      const operationId = await orderAndHold(replicas, 'held');
      await replicas.knex.raw('BEGIN EXCLUSIVE');
      const answers = ['lock-1', 'lock-2', 'lock-3'].map(name =>
        order(replicas, name),
      );
      await delay(LOCKED_MS);
      await replicas.knex.raw('ROLLBACK');
      let accepted = 1;
      for (const answer of await Promise.all(answers)) {
        if (answer.status === 201) accepted += 1;
        else expectClearRefusal(answer, 'KUBESMITH-DATABASE-BUSY');
      }
      await expectNothingByHalf(replicas, accepted);
      expect((await order(replicas, 'lock-1')).status).toBe(201);
      await expectGoodEnd(replicas, operationId);
    } finally {
      await replicas.stop();
    }
  });
});

/** Needs root: a small file system is mounted. */
const describeAsRoot = process.getuid?.() === 0 ? describe : describe.skip;

describeAsRoot('A SQLite file on a full disk', () => {
  it('refuses orders and stays whole, and operations go on with space', async () => {
    const mount = mkdtempSync(join(tmpdir(), 'kubesmith-full-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', mount]);
    const ballast = join(mount, 'ballast');
    let replicas: Replicas | undefined;
    try {
      replicas = await Replicas.start('SQLITE_3', {
        count: 1,
        kubesmith: raceConfigData(),
        parent: mount,
      });
      const operationId = await orderAndHold(replicas, 'held');
      const { bavail, bsize } = statfsSync(mount);
      writeFileSync(ballast, Buffer.alloc(bavail * bsize));
      expect(statfsSync(mount).bavail).toBe(0);

      // The file may have room inside for a few more.
      let accepted = 1;
      let refused: Answer;
      for (;;) {
        refused = await order(replicas, `full${accepted}`);
        if (refused.status !== 201) break;
        accepted += 1;
        expect(accepted).toBeLessThan(20);
      }
      expectClearRefusal(refused, 'KUBESMITH-DATABASE-FULL');
      const list = await replicas.call(0, 'GET', '/v1/clusters', student1);
      expect(list).toMatchObject({ status: 200, body: { total: accepted } });
      // Leases cannot be renewed meanwhile.
      await delay(12_000);
      await expectNothingByHalf(replicas, accepted);

      unlinkSync(ballast);
      expect(await replicas.knex.raw('PRAGMA integrity_check')).toEqual([
        { integrity_check: 'ok' },
      ]);
      expect((await order(replicas, `full${accepted}`)).status).toBe(201);
      await expectGoodEnd(replicas, operationId);
    } finally {
      await replicas?.stop();
      execFileSync('umount', ['-l', mount]);
      rmSync(mount, { recursive: true });
    }
  });
});
