/* eslint-disable jest/no-standalone-expect -- called inside a describe */
import { TestDatabases } from '@backstage/backend-test-utils';
import { brokenInvariants } from '../../engine/__testUtils__/invariants';
import { SSH_KEY_SECRET } from '../../orders/clusterKeys';
import { parseMarker } from '../../tools/proxmox/marker';
import { LabProxmox } from './LabProxmox';
import { Workbench } from './workbench';

/** What tests of faults work with; the fields are there as soon as the first test runs. */
export interface FaultBench {
  lab: LabProxmox;
  bench: Workbench;
}

/**
 * One API double and one workbench for all tests of a `describe`, empty again before each of them: a double and a first
 * `terraform init` for every test would take most of the time. Call it inside the `describe`. After each test the invariants of
 * records and machines are looked at.
 */
export function useFaultBench(): FaultBench {
  const databases = TestDatabases.create({ ids: ['SQLITE_3'] });
  const shared = {} as FaultBench;
  beforeAll(async () => {
    shared.lab = await LabProxmox.start();
    shared.bench = await Workbench.create(
      await databases.init('SQLITE_3'),
      shared.lab,
    );
  });
  afterEach(async () => {
    expect(await problemsOf(shared)).toEqual([]);
  });
  afterEach(async () => {
    await shared.bench.reset();
    await shared.lab.reset();
  });
  afterAll(async () => {
    await shared.bench?.close();
    await shared.lab?.stop();
  });
  return shared;
}

/** What is wrong with records and machines, whatever the test did to them. */
async function problemsOf({ bench, lab }: FaultBench): Promise<string[]> {
  const { knex } = bench.db;
  const needles = [lab.connection.tokenSecret];
  for (const { id } of await knex('clusters').select('id')) {
    const key = await bench.services.secrets.get(id, SSH_KEY_SECRET);
    if (key) needles.push(...key.toString('utf8').split('\n').slice(2, 4));
  }
  const ours = [...(await lab.machines())].flatMap(([vmid, { config }]) => {
    // Its name somebody may have changed; the marker tells whose it is.
    const marker = parseMarker(config.description as string | undefined);
    return marker ? [[vmid, { vmid, name: marker.nodeName }] as const] : [];
  });
  return brokenInvariants(knex, { machines: new Map(ours), needles });
}
