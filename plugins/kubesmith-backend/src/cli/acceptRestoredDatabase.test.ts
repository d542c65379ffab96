import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import createKnex, { type Knex } from 'knex';
import { stringify } from 'yaml';
import { testConfigData } from '../__testUtils__/config';
import { engineDatabase } from '../engine/__testUtils__/engineDatabase';
import { RestoreStore } from '../restore/RestoreStore';
import { LabProxmox } from '../steps/__testUtils__/LabProxmox';
import { run } from '.';

jest.setTimeout(60_000);

describe('kubesmith accept-restored-database', () => {
  let folder: string;
  let lab: LabProxmox;
  let knex: Knex;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubesmith-accept-'));
    lab = await LabProxmox.start();
    knex = createKnex({
      client: 'better-sqlite3',
      connection: { filename: join(folder, 'kubesmith.sqlite') },
      useNullAsDefault: true,
    });
  });

  afterEach(async () => {
    await knex.destroy();
    await lab.stop();
    await rm(folder, { recursive: true });
  });

  async function accept(...options: string[]) {
    const file = join(folder, 'app-config.yaml');
    const database = {
      client: 'better-sqlite3',
      connection: { directory: folder },
    };
    await writeFile(
      file,
      stringify({
        backend: { database },
        kubesmith: {
          ...testConfigData(),
          dataDirectory: join(folder, 'data'),
          proxmox: lab.connection,
        },
      }),
    );
    const lines: string[] = [];
    const code = await run(
      ['accept-restored-database', '--config', file, ...options],
      text => lines.push(text),
    );
    return { code, text: lines.join('\n') };
  }

  it('should show what differs, release when told to, and touch no machine', async () => {
    const db = await engineDatabase(knex);
    const restores = new RestoreStore(knex);
    await knex('ip_addresses').insert({
      pool_id: (await knex('ip_pools').first()).id,
      address: 1,
      state: 'foreign',
      slot: 'unknown:gone',
    });
    expect((await accept()).text).toMatch(
      /^This database is not known to be restored.\n0 clusters agree/,
    );

    const foreign = () => knex('ip_addresses').where({ state: 'foreign' });
    expect(await foreign()).toHaveLength(1);
    expect((await accept('--addresses')).code).toBe(0);
    expect(await foreign()).toHaveLength(0);

    const { clusterId, operationId } = await db.order({ name: 'thesis' });
    await restores.detected('A test says so.');
    const early = await accept('--all');
    expect(early.code).toBe(1);
    expect(early.text).toMatch(/has not compared records and machines yet/);
    expect((await restores.status()).restore).toBeDefined();

    await knex.transaction(tx => restores.compared(tx));
    const failure = {
      code: 'KUBESMITH-DATABASE-RESTORED',
      class: 'permanent' as const,
      message: 'It differs.',
      nextStep: 'Ask.',
    };
    await db.clusters.update(clusterId, { phase: 'needs-attention', failure });
    const report = await accept();
    expect(report.code).toBe(0);
    expect(report.text).toMatch(/^Restored backup, noticed 20.*A test says so/);
    expect(report.text).toContain(
      `research/thesis (needs-attention) ${clusterId}\n  an operation (create) was going on`,
    );
    expect(report.text).toMatch(/1 clusters are held, and new orders wait/);

    const nobody = await accept('--cluster', operationId);
    expect(nobody.code).toBe(1);
    expect(nobody.text).toContain('There is no held cluster with the id');
    const one = await accept('--cluster', clusterId);
    expect(one.text).toContain('thesis was released.');
    expect(await db.clusters.get(clusterId)).toMatchObject({
      phase: 'failed',
      failure: { nextStep: expect.stringMatching(/^Retry to go on/) },
    });
    expect((await accept('--all')).text).toContain('Accepted. 0 clusters');
    expect((await restores.status()).restore).toBeUndefined();
    expect(await lab.changes()).toEqual([]);
  });
});
