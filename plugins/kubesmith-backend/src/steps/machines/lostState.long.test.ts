/** Terraform's state lost, broken or of others: what exists is proven ours and imported, and no second machine is made. */
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { useFaultBench } from '../__testUtils__/faultBench';
import { describeWithTerraform } from '../__testUtils__/workbench';

jest.setTimeout(15 * 60_000);

interface State {
  version: number;
  serial: number;
  lineage: string;
  resources: { instances: { index_key: string; attributes: Attributes }[] }[];
}
type Attributes = { vm_id: number; id: string };

describeWithTerraform("Terraform's state", () => {
  const shared = useFaultBench();

  const folder = (clusterId: string) =>
    join(shared.bench.dataDirectory, 'clusters', clusterId);
  const statePath = (clusterId: string) =>
    join(folder(clusterId), 'terraform.tfstate');
  const readState = async (clusterId: string): Promise<State> =>
    JSON.parse(await readFile(statePath(clusterId), 'utf8'));
  const putAside = async (clusterId: string) =>
    (await readdir(folder(clusterId))).filter(name =>
      /tfstate\.(broken|of-another-lineage|kept)-/.test(name),
    );

  async function created() {
    const { bench } = shared;
    const { clusterId, operationId } = await bench.order('demo');
    bench.start();
    expect(await bench.finished(operationId)).toMatchObject({
      status: 'succeeded',
    });
    return { clusterId, operationId };
  }

  /** The step runs again: nothing is cloned, started, stopped or removed, and the machines are what they were. */
  async function expectImported(clusterId: string, operationId: string) {
    const { bench, lab } = shared;
    const before = await lab.machines();
    const at = await lab.now();
    await bench.repeatMachines(operationId);
    expect(await bench.finished(operationId)).toMatchObject({
      status: 'succeeded',
    });
    const others = (await lab.changes(at)).filter(
      ({ method, path }) => !(method === 'PUT' && path.endsWith('/config')),
    );
    expect(others).toEqual([]);
    expect(await lab.machines()).toEqual(before);
    const known = (await readState(clusterId)).resources.flatMap(
      ({ instances }) => instances.map(found => found.attributes.vm_id),
    );
    const nodes = await bench.db.clusters.nodes(clusterId);
    expect(known.sort()).toEqual(nodes.map(({ vmid }) => vmid));
  }

  const damages: [string, string, (path: string) => Promise<void>][] = [
    ['lost', '', path => rm(path)],
    [
      'truncated in the middle',
      'terraform.tfstate.broken-',
      path => truncate(path, 700),
    ],
    ['empty', 'terraform.tfstate.broken-', path => truncate(path, 0)],
    [
      'begun by somebody else',
      'terraform.tfstate.of-another-lineage-',
      path =>
        writeFile(
          path,
          JSON.stringify({
            version: 4,
            terraform_version: '1.11.4',
            serial: 1,
            lineage: '11111111-2222-3333-4444-555555555555',
            outputs: {},
            resources: [],
          }),
        ),
    ],
  ];

  it.each(damages)(
    '%s: is rebuilt, the old file is kept',
    async (_, name, damage) => {
      const { clusterId, operationId } = await created();
      await damage(statePath(clusterId));
      await expectImported(clusterId, operationId);
      const aside = await putAside(clusterId);
      const told = (await shared.bench.messages(operationId)).filter(message =>
        message.startsWith("Terraform's state was "),
      );
      // Of a file that is lost nothing can be kept, nor told.
      expect(aside).toHaveLength(name ? 1 : 0);
      expect(aside.join()).toContain(name);
      expect(told).toEqual(
        aside.map(file =>
          expect.stringContaining(
            `: it was put aside as ${file} and is rebuilt`,
          ),
        ),
      );
    },
  );

  it.each(damages)(
    '%s: a deletion removes the machines',
    async (_, __, damage) => {
      const { bench, lab } = shared;
      const { clusterId } = await created();
      await damage(statePath(clusterId));
      expect(
        await bench.finished(await bench.deletion(clusterId)),
      ).toMatchObject({ status: 'succeeded' });
      expect((await lab.machines()).size).toBe(0);
    },
  );

  it('of another cluster with the same name: neither an apply nor a deletion touches the other machines', async () => {
    const { bench, lab } = shared;
    const other = await created();
    await bench.db
      .knex('clusters')
      .where({ id: other.clusterId })
      .update({ name: 'old', live_key: 'research/old' });
    const theirs = (await bench.db.clusters.nodes(other.clusterId)).map(
      ({ vmid }) => vmid,
    );
    const { clusterId, operationId } = await bench.order('demo');
    expect(await bench.finished(operationId)).toMatchObject({
      status: 'succeeded',
    });
    const before = await Promise.all(theirs.map(vmid => lab.exactly(vmid)));
    const strange = await readFile(statePath(other.clusterId));

    await writeFile(statePath(clusterId), strange);
    await expectImported(clusterId, operationId);
    expect(await putAside(clusterId)).toEqual([
      expect.stringContaining('terraform.tfstate.of-another-lineage-'),
    ]);
    await writeFile(statePath(clusterId), strange);
    expect(await bench.finished(await bench.deletion(clusterId))).toMatchObject(
      { status: 'succeeded' },
    );
    expect([...(await lab.machines()).keys()].sort()).toEqual(theirs);
    expect(await Promise.all(theirs.map(vmid => lab.exactly(vmid)))).toEqual(
      before,
    );
  });

  it('beside one that Terraform could not write: what exists counts, the file is kept', async () => {
    const { bench } = shared;
    const { clusterId, operationId } = await created();
    const state = await readFile(statePath(clusterId), 'utf8');
    await rm(statePath(clusterId));
    const module = await bench.services.terraform.directory();
    await writeFile(join(module, 'errored.tfstate'), state);
    await expectImported(clusterId, operationId);
    expect(await readdir(module)).not.toContain('errored.tfstate');
    const [kept, ...more] = await putAside(clusterId);
    expect(more).toEqual([]);
    expect(kept).toContain('errored.tfstate.kept-');
    expect(await readFile(join(folder(clusterId), kept), 'utf8')).toBe(state);
  });

  // eslint-disable-next-line jest/expect-expect -- expectImported does
  it('with a lock file of a run that was killed: nobody holds it', async () => {
    const { clusterId, operationId } = await created();
    await writeFile(
      join(folder(clusterId), '.terraform.tfstate.lock.info'),
      JSON.stringify({
        ID: '11111111-2222-3333-4444-555555555555',
        Operation: 'OperationTypeApply',
        Who: 'nobody@nowhere',
        Created: '2026-01-01T00:00:00Z',
        Path: statePath(clusterId),
      }),
    );
    await expectImported(clusterId, operationId);
  });
});
