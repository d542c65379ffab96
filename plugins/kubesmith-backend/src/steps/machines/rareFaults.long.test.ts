/** Faults of guides and field reports that no other file provokes, with real Terraform on the API double. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TerraformRuntime } from '../../tools/terraform/TerraformRuntime';
import { useFaultBench } from '../__testUtils__/faultBench';
import { describeWithTerraform } from '../__testUtils__/workbench';

jest.setTimeout(15 * 60_000);

const CLONE = { method: 'POST', path: '/nodes/*/qemu/9000/clone' };

describeWithTerraform('A rare fault', () => {
  const shared = useFaultBench();

  it('the answers to clones are lost although they succeeded: each machine is made once', async () => {
    const { bench, lab } = shared;
    const since = await lab.now();
    const { clusterId, operationId } = await bench.order('demo');
    await lab.fault({ ...CLONE, count: 2, effect: { kind: 'drop-after' } });
    bench.start();
    expect(await bench.finished(operationId)).toMatchObject({
      status: 'succeeded',
    });
    expect(await lab.hits()).toBe(2);
    const vmids = (await bench.db.clusters.nodes(clusterId)).map(
      ({ vmid }) => vmid,
    );
    expect((await lab.clones(since)).sort()).toEqual(vmids);
    expect([...(await lab.machines()).keys()].sort()).toEqual(vmids);
  });

  it('the provider of Terraform cannot be found: nothing is made, a code says so, and Retry goes on', async () => {
    const { bench, lab } = shared;
    const folder = await mkdtemp(join(tmpdir(), 'kubesmith-offline-'));
    const good = bench.services.terraform;
    try {
      await mkdir(join(folder, 'mirror'));
      const config = join(folder, 'terraformrc');
      await writeFile(
        config,
        `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(
          join(folder, 'mirror'),
        )}\n  }\n}\n`,
      );
      bench.services.terraform = new TerraformRuntime({
        program: bench.services.config.tools.terraform,
        root: bench.services.config.tools.terraformRoot,
        dataDirectory: join(folder, 'data'),
        cliConfigFile: config,
      });
      const { operationId } = await bench.order('demo');
      bench.start();
      const failed = await bench.finished(operationId);
      expect(failed).toMatchObject({
        status: 'failed',
        failure: { code: 'KUBESMITH-TERRAFORM-SETUP' },
      });
      expect((await lab.machines()).size).toBe(0);
      bench.services.terraform = good;
      await bench.db.operations.retry(operationId);
      expect(await bench.finished(operationId)).toMatchObject({
        status: 'succeeded',
      });
    } finally {
      bench.services.terraform = good;
      await rm(folder, { recursive: true, force: true });
    }
  });
});
