import { TestDatabases } from '@backstage/backend-test-utils';
import { LabProxmox } from './LabProxmox';
import { Workbench } from './workbench';

/** What tests of faults work with; the fields are there as soon as the first test runs. */
export interface FaultBench {
  lab: LabProxmox;
  bench: Workbench;
}

/**
 * One API double and one workbench for all tests of a `describe`, empty again before each of them: a double and a first
 * `terraform init` for every test would take most of the time. Call it inside the `describe`.
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
    await shared.bench.reset();
    await shared.lab.reset();
  });
  afterAll(async () => {
    await shared.bench?.close();
    await shared.lab?.stop();
  });
  return shared;
}
