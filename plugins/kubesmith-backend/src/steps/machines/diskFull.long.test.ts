/**
 * The data folder on a file system that fills up: a small tmpfs of its own, for which the tests need root, as the lab does.
 * Below 64 MiB nothing is begun; if it fills in the middle of a run, what was made is found again.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, open, readdir, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TestDatabases } from '@backstage/backend-test-utils';
import { eventually } from '../../engine/__testUtils__/engineDatabase';
import { LabProxmox } from '../__testUtils__/LabProxmox';
import { describeWithTerraform, Workbench } from '../__testUtils__/workbench';

jest.setTimeout(15 * 60_000);

const run = promisify(execFile);
const databases = TestDatabases.create({ ids: ['SQLITE_3'] });
const MIB = 1024 * 1024;

describeWithTerraform("The portal's disk is full", () => {
  let folder: string;
  let lab: LabProxmox;
  let bench: Workbench;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubesmith-full-'));
    await run('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', folder]);
    lab = await LabProxmox.start();
    bench = await Workbench.create(await databases.init('SQLITE_3'), lab, {
      dataDirectory: folder,
    });
  });

  afterEach(async () => {
    await bench.reset();
    await bench.services.proxmox.close();
    await lab.stop();
    await run('umount', ['--lazy', folder]);
    await rm(folder, { recursive: true, force: true });
  });

  const filler = () => join(folder, 'filler');
  /** Fills the disk until so many bytes are left. */
  async function fill(left: number) {
    const { bavail, bsize } = await statfs(folder);
    const file = await open(filler(), 'a');
    try {
      const chunk = Buffer.alloc(64 * 1024);
      for (let room = bavail * bsize - left; room > 0; room -= chunk.length)
        await file.write(chunk.subarray(0, Math.min(chunk.length, room)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      await file.close();
    }
  }

  it('nearly: nothing is begun, the operation waits, and goes on when there is space', async () => {
    const { clusterId, operationId } = await bench.order('demo');
    await fill(40 * MIB);
    bench.start();
    const failure = await bench.waiting(operationId, 'machines');
    expect(failure).toMatchObject({
      code: 'KUBESMITH-DISK-FULL',
      class: 'transient',
      nextStep: expect.stringContaining('free space'),
    });
    expect(failure.message).toMatch(/disk is nearly full: \d\d MiB are left/);
    expect(await lab.changes()).toEqual([]);
    const files = await readdir(join(folder, 'clusters', clusterId));
    expect(files).not.toContain('terraform-runs');
    await rm(filler());
    expect(await bench.finished(operationId)).toMatchObject({
      status: 'succeeded',
    });
  });

  it('before the first file is written: waits as well', async () => {
    const { operationId } = await bench.order('demo');
    await fill(0);
    bench.start();
    expect(await bench.waiting(operationId, 'machines')).toMatchObject({
      code: 'KUBESMITH-DISK-FULL',
    });
    await rm(filler());
    expect(await bench.finished(operationId)).toMatchObject({
      status: 'succeeded',
    });
  });

  it('in the middle of a run: what was made is found again, and nothing is made twice', async () => {
    const { clusterId, operationId } = await bench.order('demo');
    await lab.fault({
      method: 'POST',
      path: '/nodes/*/qemu/9000/clone',
      count: 2,
      effect: { kind: 'slow-task', ms: 3000 },
    });
    bench.start();
    await eventually(async () => (await lab.hits()) === 2, 'clones', 180_000);
    await fill(0);
    expect(await bench.waiting(operationId, 'machines')).toMatchObject({
      code: 'KUBESMITH-DISK-FULL',
    });
    await rm(filler());
    expect(await bench.finished(operationId)).toMatchObject({
      status: 'succeeded',
    });
    const vmids = (await bench.db.clusters.nodes(clusterId)).map(
      ({ vmid }) => vmid,
    );
    expect((await lab.clones()).sort()).toEqual(vmids);
    expect([...(await lab.machines()).keys()].sort()).toEqual(vmids);
  });

  it('while machines are removed: they are removed without Terraform', async () => {
    const { clusterId, operationId } = await bench.order('demo');
    bench.start();
    await bench.finished(operationId);
    await fill(0);
    const id = await bench.deletion(clusterId);
    expect(await bench.finished(id)).toMatchObject({ status: 'succeeded' });
    expect((await lab.machines()).size).toBe(0);
    expect(await bench.messages(id)).toContainEqual(
      expect.stringContaining("The portal's disk is nearly full"),
    );
  });
});
