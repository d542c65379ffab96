/* eslint-disable jest/no-export -- two files run these tests, each on one kind of database */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  TestDatabases,
  type TestDatabaseId,
} from '@backstage/backend-test-utils';
import { eventually } from '../../engine/__testUtils__/engineDatabase';
import { formatMarker } from '../../tools/proxmox/marker';
import { LabProxmox } from './LabProxmox';
import { describeWithTerraform, Workbench } from './workbench';

/** The steps for machines from the order to the end, with real Terraform on the API double and on one kind of database. */
export function machinesTests(databaseId: TestDatabaseId): void {
  const databases = TestDatabases.create({ ids: [databaseId] });

  describeWithTerraform(
    `Machines on ${databaseId}, with the real provider`,
    () => {
      let lab: LabProxmox;
      let bench: Workbench;

      beforeEach(async () => {
        lab = await LabProxmox.start();
        bench = await Workbench.create(await databases.init(databaseId), lab);
      });

      afterEach(async () => {
        await bench.close();
        await lab.stop();
      });

      const nodesOf = (clusterId: string) => bench.db.clusters.nodes(clusterId);
      const stateFile = (clusterId: string) =>
        join(bench.dataDirectory, 'clusters', clusterId, 'terraform.tfstate');
      const clones = async () =>
        (await lab.changes())
          .filter(({ path }) => path.endsWith('/clone'))
          .map(({ params }) => Number(params.newid));
      const deletion = async (clusterId: string) => {
        await bench.db.clusters.update(clusterId, { phase: 'deleting' });
        for (const live of await bench.db.operations.live(clusterId))
          await bench.db.operations.requestCancel(live.id);
        return bench.db.request(clusterId, 'delete');
      };
      const freeAddresses = async () => (await bench.pools.usage('lab')).free;

      it('should create machines, pin their host keys, and remove everything again', async () => {
        const before = await freeAddresses();
        const { clusterId, operationId } = await bench.order('demo');
        bench.start();
        const created = await bench.finished(operationId);
        expect(created).toMatchObject({ status: 'succeeded' });
        const nodes = await nodesOf(clusterId);
        expect(created.steps[1].evidence).toEqual({
          machines: nodes.map(node => ({
            node: node.name,
            vmid: node.vmid,
            host: 'pve1',
            address: node.ipAddress,
          })),
        });
        expect(nodes.map(({ state }) => state)).toEqual(['running', 'running']);
        expect(new Set(nodes.map(({ sshHostKey }) => sshHostKey)).size).toBe(2);
        const machines = await lab.machines();
        for (const node of nodes) {
          expect(machines.get(node.vmid)).toMatchObject({
            pool: 'kubesmith-research',
            config: {
              name: node.name,
              description: formatMarker({
                clusterId,
                nodeName: node.name,
                operationId,
              }),
            },
          });
        }
        const events = await bench.db.operations.events(operationId, {
          after: 0,
          limit: 100,
        });
        expect(events.map(({ message }) => message)).toEqual(
          expect.arrayContaining([
            expect.stringMatching(/^demo-cp-1 was created in \d+ s$/),
            'demo-w-1 is up at 10.40.19.202',
          ]),
        );
        expect(
          await bench.services.secrets.get(clusterId, 'terraform-state'),
        ).toBeDefined();

        // Secrets are in processes' memory and, encrypted, in the database; never in a file. (The provider's program is a link.)
        const files = (
          await readdir(bench.dataDirectory, { recursive: true })
        ).filter(name => !name.includes('/providers/'));
        expect(files.length).toBeGreaterThan(10);
        const leaks: string[] = [];
        for (const name of files) {
          const text = await readFile(
            join(bench.dataDirectory, name),
            'utf8',
          ).catch(() => '');
          if (
            text.includes(lab.connection.tokenSecret) ||
            text.includes('PRIVATE KEY')
          )
            leaks.push(name);
        }
        expect(leaks).toEqual([]);

        const removed = await bench.finished(await deletion(clusterId));
        expect(removed.status).toBe('succeeded');
        expect((await lab.machines()).size).toBe(0);
        expect(await freeAddresses()).toBe(before);
        expect(await bench.db.clusters.get(clusterId)).toMatchObject({
          phase: 'deleted',
        });
        expect(
          await bench.services.secrets.get(clusterId, 'ssh-key'),
        ).toBeUndefined();
      });

      it('should import and change nothing when the state file is lost', async () => {
        const { clusterId, operationId } = await bench.order('demo');
        bench.start();
        await bench.finished(operationId);
        const machines = await lab.machines();
        const at = await lab.now();

        await rm(stateFile(clusterId));
        await bench.db
          .knex('operation_steps')
          .where({ operation_id: operationId })
          .whereNot({ name: 'reserve' })
          .update({ status: 'pending', attempt: 0, started_at: null });
        await bench.db
          .knex('operations')
          .where({ id: operationId })
          .update({ status: 'queued', finished_at: null });
        expect(await bench.finished(operationId)).toMatchObject({
          status: 'succeeded',
        });
        // The provider writes a few settings again as they are; nothing is cloned, started, stopped or different afterwards.
        const calls = await lab.changes(at);
        const settings = ({ method, path }: { method: string; path: string }) =>
          method === 'PUT' && path.endsWith('/config');
        expect(calls.filter(call => !settings(call))).toEqual([]);
        expect(await lab.machines()).toEqual(machines);
      });

      it('should adopt a machine whose clone was answered by nobody, and make no second one', async () => {
        const { clusterId, operationId } = await bench.order('demo');
        await lab.control('POST', 'faults', {
          method: 'POST',
          path: '/nodes/*/qemu/9000/clone',
          effect: { kind: 'drop-after' },
        });
        bench.start();
        const operation = await bench.finished(operationId);
        expect(operation).toMatchObject({ status: 'succeeded' });
        expect(operation.steps[1].attempt).toBe(2);
        const vmids = (await nodesOf(clusterId)).map(({ vmid }) => vmid);
        expect((await clones()).sort()).toEqual(vmids);
        expect(
          [...(await lab.machines()).values()].map(
            ({ config }) => config.scsi0,
          ),
        ).toEqual([
          expect.stringContaining('size=20G'),
          expect.stringContaining('size=20G'),
        ]);
      });

      it('should find the run of Terraform again that it left behind, and the same machines', async () => {
        await lab.control('POST', 'faults', {
          method: 'POST',
          path: '/nodes/*/qemu/*/status/start',
          effect: { kind: 'slow-task', ms: 4000 },
          count: 2,
        });
        const { clusterId, operationId } = await bench.order('demo');
        const first = bench.start();
        await eventually(
          async () => (await clones()).length === 2,
          'the clones',
        );
        await first.stop();
        expect(await bench.db.operations.get(operationId)).toMatchObject({
          status: 'running',
          leaseOwner: undefined,
        });

        bench.start();
        expect(await bench.finished(operationId)).toMatchObject({
          status: 'succeeded',
        });
        expect((await clones()).sort()).toEqual(
          (await nodesOf(clusterId)).map(({ vmid }) => vmid),
        );
      });

      it('should take another id when a machine of somebody else has ours, and not touch it', async () => {
        const { clusterId, operationId } = await bench.order('demo');
        const [, worker] = await nodesOf(clusterId);
        await lab.control('POST', 'strangers', {
          vmid: worker.vmid,
          pool: 'kubesmith-research',
        });
        const stranger = (await lab.machines()).get(worker.vmid);
        bench.start();
        expect(await bench.finished(operationId)).toMatchObject({
          status: 'succeeded',
        });
        const [, moved] = await nodesOf(clusterId);
        expect(moved.vmid).not.toBe(worker.vmid);
        expect(await clones()).not.toContain(worker.vmid);

        const removed = await bench.finished(await deletion(clusterId));
        expect(removed.status).toBe('succeeded');
        const machines = await lab.machines();
        expect([...machines.keys()]).toEqual([worker.vmid]);
        expect(machines.get(worker.vmid)).toEqual(stranger);
      });

      it('should refuse to begin without the privileges that it needs, and name them', async () => {
        const { operationId } = await bench.order('demo');
        const { roles } = await lab.control<{
          roles: Record<string, string[]>;
        }>('GET', 'state');
        await lab.control('PUT', 'roles/KubesmithNodes', {
          privileges: roles.KubesmithNodes.filter(name => name !== 'VM.Audit'),
        });
        bench.start();
        const failed = await bench.finished(operationId);
        expect(failed.failure).toMatchObject({
          code: 'KUBESMITH-PVE-PERMISSION',
          message:
            "The portal's Proxmox token lacks privileges: VM.Audit on /pool/kubesmith-research",
        });
        expect(await lab.changes()).toEqual([]);
      });

      it('should delete while creating: stop Terraform, keep nothing, free the addresses last', async () => {
        await lab.control('POST', 'faults', {
          method: 'POST',
          path: '/nodes/*/qemu/*/status/start',
          effect: { kind: 'slow-task', ms: 2000 },
          count: 2,
        });
        const before = await freeAddresses();
        const { clusterId, operationId } = await bench.order('demo');
        bench.start();
        await eventually(
          async () => (await clones()).length === 2,
          'the clones',
        );
        const removed = await bench.finished(await deletion(clusterId));
        expect(removed.status).toBe('succeeded');
        expect((await bench.db.operations.get(operationId))?.status).toBe(
          'cancelled',
        );
        expect((await lab.machines()).size).toBe(0);
        expect(await freeAddresses()).toBe(before);
      });

      it('should remove what is proven ours although state and workspace are gone', async () => {
        const { clusterId, operationId } = await bench.order('demo');
        bench.start();
        await bench.finished(operationId);
        await rm(join(bench.dataDirectory, 'clusters', clusterId), {
          recursive: true,
        });
        expect((await bench.finished(await deletion(clusterId))).status).toBe(
          'succeeded',
        );
        expect((await lab.machines()).size).toBe(0);
      });

      it('should wait for Proxmox as long as it takes, and free nothing meanwhile', async () => {
        const { clusterId, operationId } = await bench.order('demo');
        bench.start();
        await bench.finished(operationId);
        const held = await freeAddresses();
        await lab.control('POST', 'faults', {
          path: '/**',
          effect: { kind: 'status', status: 500, message: 'out of order' },
          count: 1000,
        });
        const id = await deletion(clusterId);
        for (let round = 0; round < 6; round++) {
          expect(await bench.waiting(id, 'destroy')).toMatchObject({
            code: 'KUBESMITH-PVE-UNREACHABLE',
          });
          await bench.hurry(id);
        }
        expect(await freeAddresses()).toBe(held);
        expect(await bench.db.clusters.get(clusterId)).toMatchObject({
          phase: 'deleting',
        });
        await lab.control('DELETE', 'faults');
        expect((await bench.finished(id)).status).toBe('succeeded');
        expect((await lab.machines()).size).toBe(0);
      });

      it('should free nothing while its token may not see whether machines are gone', async () => {
        const { clusterId, operationId } = await bench.order('demo');
        bench.start();
        await bench.finished(operationId);
        const held = await freeAddresses();
        const machines = (await lab.machines()).size;
        const { roles } = await lab.control<{
          roles: Record<string, string[]>;
        }>('GET', 'state');
        await lab.control('PUT', 'roles/KubesmithNodes', {
          privileges: roles.KubesmithNodes.filter(name => name !== 'VM.Audit'),
        });
        const id = await deletion(clusterId);
        expect(await bench.waiting(id, 'destroy')).toMatchObject({
          code: 'KUBESMITH-PVE-PERMISSION',
        });
        expect(await freeAddresses()).toBe(held);
        expect((await lab.machines()).size).toBe(machines);

        await lab.control('PUT', 'roles/KubesmithNodes', {
          privileges: roles.KubesmithNodes,
        });
        await bench.hurry(id);
        expect((await bench.finished(id)).status).toBe('succeeded');
        expect((await lab.machines()).size).toBe(0);
      });

      it('should say what is wrong with a task that Proxmox could not do, after trying again', async () => {
        const { operationId } = await bench.order('demo');
        await lab.control('POST', 'faults', {
          method: 'POST',
          path: '/nodes/*/qemu/9000/clone',
          effect: {
            kind: 'fail-task',
            message: 'clone failed: storage is offline',
          },
          count: 100,
        });
        bench.start();
        const failed = await bench.finished(operationId);
        expect(failed).toMatchObject({
          status: 'failed',
          failure: { code: 'KUBESMITH-PVE-TASK-FAILED' },
        });
        expect(failed.failure?.message).toContain('storage is offline');
        expect(failed.steps[1].attempt).toBe(5);
        expect((await lab.machines()).size).toBe(0);
      });
    },
  );
}
