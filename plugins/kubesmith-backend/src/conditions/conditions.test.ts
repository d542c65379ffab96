import { randomUUID, X509Certificate } from 'node:crypto';
import { mockServices } from '@backstage/backend-test-utils';
import { createTestDatabases, openStores } from '../__testUtils__/databases';
import { engineDatabase } from '../engine/__testUtils__/engineDatabase';
import type { AutomaticBackups } from '../backups/dueBackups';
import { PLATFORM } from '../leases/records';
import { HOUR_MS } from '../time';
import { newAuthority } from './__testUtils__/authority';
import { ConditionStore } from './ConditionStore';
import { ConditionWatcher } from './ConditionWatcher';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const authority = newAuthority();
const stranger = newAuthority();
const year = new X509Certificate(authority.issue(365).cert);
afterAll(() => {
  authority.close();
  stranger.close();
});

type Listed = {
  name: string;
  ready?: string;
  reason?: string;
  since?: number;
  version?: string;
};

const nodeList = (nodes: Listed[]) =>
  JSON.stringify({
    items: nodes.map(({ name, ready, reason, since, version }) => ({
      metadata: { name },
      status: {
        conditions: [
          {
            type: 'Ready',
            status: ready ?? 'True',
            reason: reason ?? 'KubeletReady',
            lastTransitionTime: new Date(since ?? 0).toISOString(),
          },
        ],
        nodeInfo: { kubeletVersion: version ?? 'v1.36.3' },
      },
    })),
  });

describe.each(databases.eachSupportedId())('Conditions on %s', id => {
  async function setUp() {
    const stores = await openStores(await databases.init(id));
    const { clusters, knex } = stores;
    const db = await engineDatabase(knex);
    const store = new ConditionStore(knex);
    const changed: string[] = [];
    const state = {
      nodes: [{ name: 'demo-cp-1' }, { name: 'demo-w-1' }] as Listed[],
      answer: undefined as
        | { code: number; stdout: string; stderr: string }
        | Error
        | undefined,
      certificate: year as X509Certificate | Error,
      during: async () => {},
      asked: [] as string[][],
    };
    const automaticBackups: AutomaticBackups = { atOnce: 1 };
    const watcher = new ConditionWatcher({
      automaticBackups,
      clusters,
      knex,
      store,
      logger: mockServices.logger.mock(),
      onChange: clusterId => changed.push(clusterId),
      kubectl: {
        async run(_clusterId, argv) {
          state.asked.push(argv);
          await state.during();
          if (state.answer instanceof Error) throw state.answer;
          return (
            state.answer ?? {
              code: 0,
              stdout: nodeList(state.nodes),
              stderr: '',
            }
          );
        },
      },
      async readCertificate() {
        if (state.certificate instanceof Error) throw state.certificate;
        return state.certificate;
      },
    });
    const { clusterId, operationId } = await db.order({ name: 'demo' });
    await knex('operations')
      .where({ id: operationId })
      .update({ status: 'succeeded', finished_at: 1 });
    await clusters.update(clusterId, { apiServerCa: authority.ca });
    await clusters.markReady(clusterId);
    /** What the next look says: all that is not as it should be, by type. */
    const look = async () => {
      await watcher.look();
      const records = (await store.of([clusterId])).get(clusterId) ?? [];
      return Object.fromEntries(
        records
          .filter(({ status }) => status !== 'true')
          .map(({ message, reason, status, type }) => [
            type,
            [status, reason, message],
          ]),
      );
    };
    const all = async () => (await store.of([clusterId])).get(clusterId)!;
    return {
      ...{ all, automaticBackups, changed, clusterId, clusters, db, knex },
      ...{ look, state, store },
    };
  }

  it('should say when the portal could take no backup, and when it does again', async () => {
    const { all, automaticBackups, clusterId, knex, look } = await setUp();
    automaticBackups.everyMs = 6 * HOUR_MS;
    // Its first moment is still to come.
    expect(await look()).toEqual({});
    expect((await all()).map(({ type }) => type)).not.toContain('backups');
    await knex('clusters').update({ ready_at: 1 });
    expect(await look()).toEqual({
      backups: [
        'false',
        'BackupMissing',
        expect.stringContaining('There is no backup.'),
      ],
    });
    const operationId = randomUUID();
    await knex('operations').insert({
      id: operationId,
      cluster_id: clusterId,
      kind: 'backup',
      status: 'failed',
      initiator: PLATFORM,
      failure: JSON.stringify({ message: 'The node did not answer.' }),
      created_at: Date.now(),
    });
    expect(await look()).toEqual({
      backups: [
        'false',
        'BackupFailed',
        'The last automatic backup failed. The node did not answer. There is no backup.',
      ],
    });
    // By whomever: there is one now.
    await knex('etcd_backups').insert({
      id: randomUUID(),
      cluster_id: clusterId,
      initiator: 'user:default/ada',
      taken_at: Date.now() + 1000,
      completed_at: Date.now() + 1000,
      sha256: 'f'.repeat(64),
      bytes: 1,
      keys: 1,
      etcd_version: '3.6.8-0',
      kubernetes_version: '1.36.3',
      control_planes: '[]',
    });
    expect(await look()).toEqual({});
    expect((await all()).at(-1)).toMatchObject({
      type: 'backups',
      status: 'true',
      message: expect.stringContaining('The newest backup is of 20'),
    });
    automaticBackups.everyMs = undefined;
    expect(await look()).toMatchObject({
      backups: [
        'unknown',
        'SwitchedOff',
        'The portal takes no backups by itself.',
      ],
    });
  });

  describe('of backups, after it slept', () => {
    const everyMs = 6 * HOUR_MS;
    const now = Date.now();
    /** A cluster that has been ready for a month, and what was done with it since, so many hours ago. */
    async function slept(
      done: [kind: string, hoursAgo: number, status?: string][],
      backupHoursAgo?: number,
    ) {
      const { automaticBackups, clusterId, knex, look } = await setUp();
      automaticBackups.everyMs = everyMs;
      await knex('clusters').update({ ready_at: now - 30 * 24 * HOUR_MS });
      for (const [kind, hoursAgo, status = 'succeeded'] of done)
        await knex('operations').insert({
          id: randomUUID(),
          cluster_id: clusterId,
          kind,
          status,
          initiator: 'user:default/ada',
          created_at: now - (hoursAgo + 1) * HOUR_MS,
          finished_at: now - hoursAgo * HOUR_MS,
        });
      if (backupHoursAgo !== undefined)
        await knex('etcd_backups').insert({
          id: randomUUID(),
          cluster_id: clusterId,
          initiator: PLATFORM,
          taken_at: now - backupHoursAgo * HOUR_MS,
          completed_at: now - backupHoursAgo * HOUR_MS,
          sha256: 'f'.repeat(64),
          bytes: 1,
          keys: 1,
          etcd_version: '3.6.8-0',
          kubernetes_version: '1.36.3',
          control_planes: '[]',
        });
      return (await look()).backups?.[1];
    }

    it('should count no hours for which it slept, or had failed', async () => {
      // A weekend.
      expect(
        await slept(
          [
            ['hibernate', 62],
            ['wake', 1],
          ],
          64,
        ),
      ).toBeUndefined();
      // There never was one.
      expect(await slept([['wake', 1]])).toBeUndefined();
      for (const kind of ['repair', 'renew', 'restore', 'rollback'])
        expect(await slept([[kind, 1]], 64)).toBeUndefined();
    });

    it('should miss those that it does not get since it is awake', async () => {
      expect(await slept([['wake', 17]], 64)).toBeUndefined();
      expect(await slept([['wake', 19]], 64)).toBe('BackupMissing');
      expect(await slept([['wake', 40]], 19)).toBe('BackupMissing');
    });

    it('should count on after what did not wake it', async () => {
      expect(await slept([['wake', 1, 'failed']], 64)).toBe('BackupMissing');
      expect(await slept([['scale', 1]], 64)).toBe('BackupMissing');
    });
  });

  it('should all be true for a cluster that is as it was ordered', async () => {
    const { all, changed, clusterId, look, state } = await setUp();
    expect(await look()).toEqual({});
    expect((await all()).map(({ status, type }) => [type, status])).toEqual([
      ['reachable', 'true'],
      ['nodes-present', 'true'],
      ['nodes-ready', 'true'],
      ['versions', 'true'],
      ['certificates', 'true'],
    ]);
    expect(state.asked).toEqual([['get', 'nodes', '-o', 'json']]);
    expect(changed).toEqual([clusterId]);
    // Nothing new is no news.
    await look();
    expect(changed).toEqual([clusterId]);
  });

  it('should tell of nodes that are missing, of strangers, and of other versions', async () => {
    const { look, state } = await setUp();
    state.nodes = [{ name: 'demo-cp-1', version: 'v1.35.0' }];
    expect(await look()).toEqual({
      'nodes-present': [
        'false',
        'NodeMissing',
        'Kubernetes does not know demo-w-1.',
      ],
      versions: [
        'false',
        'VersionDiffers',
        'The cluster is of Kubernetes 1.36.3, but demo-cp-1 runs 1.35.0.',
      ],
    });
    state.nodes = [
      { name: 'demo-cp-1' },
      { name: 'demo-w-1' },
      { name: `mine\u001b[31m${'x'.repeat(200)}` },
    ];
    const { 'nodes-present': strange } = await look();
    expect(strange.slice(0, 2)).toEqual(['false', 'NodeUnknown']);
    expect(strange[2]).not.toContain('\u001b');
    expect(strange[2].length).toBeLessThan(150);
  });

  it('should tell of a node that is not ready for more than ten minutes, and keep since when', async () => {
    const { all, knex, look, state } = await setUp();
    const now = Date.now();
    state.nodes = [
      { name: 'demo-cp-1' },
      { name: 'demo-w-1', ready: 'False', since: now - 5 * 60_000 },
    ];
    expect(await look()).toEqual({});
    state.nodes[1] = {
      name: 'demo-w-1',
      ready: 'Unknown',
      reason: 'NodeStatusUnknown',
      since: now - 11 * 60_000,
    };
    expect(await look()).toEqual({
      'nodes-ready': [
        'false',
        'NodeNotReady',
        'Not ready for more than ten minutes: demo-w-1 (NodeStatusUnknown).',
      ],
    });
    await knex('cluster_conditions')
      .where({ type: 'nodes-ready' })
      .update({ since: 1234 });
    await look();
    expect((await all())[2]).toMatchObject({ status: 'false', since: 1234 });
    state.nodes[1] = { name: 'demo-w-1' };
    await look();
    expect((await all())[2]).toMatchObject({
      status: 'true',
      since: expect.any(Number),
    });
    expect((await all())[2].since).toBeGreaterThan(1234);
  });

  it.each([
    [20, 'CertificateExpires', /API server on demo-cp-1 ends on \d{4}-/],
    [-1, 'CertificateExpired', /ended on \d{4}-/],
  ])(
    'should tell of a certificate that lasts for %d days',
    async (days, reason, message) => {
      const { look, state } = await setUp();
      const certificate = new X509Certificate(authority.issue(20).cert);
      if (days < 0)
        Object.defineProperty(certificate, 'validTo', {
          value: new Date(Date.now() - 86_400_000).toUTCString(),
        });
      state.certificate = certificate;
      expect(await look()).toEqual({
        certificates: ['false', reason, expect.stringMatching(message)],
      });
    },
  );

  it('should not know how long certificates last that are not shown, or are of somebody else', async () => {
    const { look, state } = await setUp();
    state.certificate = new X509Certificate(stranger.issue(1).cert);
    expect(await look()).toEqual({
      certificates: [
        'unknown',
        'NotRead',
        expect.stringContaining('a certificate of another CA'),
      ],
    });
    state.certificate = new Error('ECONNREFUSED');
    expect(await look()).toEqual({
      certificates: [
        'unknown',
        'NotRead',
        expect.stringContaining('demo-cp-1 (no answer)'),
      ],
    });
  });

  it('should take one look without an answer for no proof', async () => {
    const { look, state } = await setUp();
    await look();
    state.answer = { code: 1, stdout: '', stderr: 'x\nrefused\n' };
    const first = await look();
    expect(first.reachable).toEqual([
      'unknown',
      'NoAnswerOnce',
      'kubectl: refused',
    ]);
    expect(first['nodes-ready'].slice(0, 2)).toEqual(['unknown', 'NoAnswer']);
    state.answer = new Error('The control plane did not answer');
    expect((await look()).reachable.slice(0, 2)).toEqual(['false', 'NoAnswer']);
    state.answer = { code: 0, stdout: 'no JSON', stderr: '' };
    expect((await look()).reachable[0]).toBe('false');
    state.answer = undefined;
    expect(await look()).toEqual({});
  });

  it('should look into no cluster with which something goes on, or begins while it looks', async () => {
    const { clusterId, clusters, db, knex, look, state, store } = await setUp();
    state.nodes = [];
    state.during = async () => {
      await db.request(clusterId, 'delete');
    };
    await look();
    expect(await store.of([clusterId])).toEqual(new Map());
    state.during = async () => {};
    await look();
    expect(await store.of([clusterId])).toEqual(new Map());
    await knex('operations').update({ status: 'succeeded', finished_at: 1 });
    await clusters.update(clusterId, { phase: 'deleting' });
    await look();
    expect(await store.of([clusterId])).toEqual(new Map());
  });
});
