import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '@kubesmith/lab/src/system/wait.ts';
import { Kubectl } from '../client/Kubectl.ts';
import {
  RequestRefused,
  type Cluster,
  type PortalClient,
} from '../client/PortalClient.ts';
import { watchTask } from '../client/TaskWatcher.ts';
import { ENVIRONMENT, type Setting } from './Setting.ts';
import { findSecrets } from './secretScan.ts';
import { tracesOf } from './traces.ts';

const LIMIT_MS = 8 * 60_000;
const refusedWith = (status: number) => (error: unknown) =>
  error instanceof RequestRefused && error.status === status;

/** From the template to a kubeconfig that works, and back to nothing. */
export function pathTests(setting: Setting): void {
  describe('a student’s cluster', () => {
    let student: PortalClient;
    let other: PortalClient;
    let cluster: Cluster;
    let taskId: string;
    let kubectl: Kubectl | undefined;
    const filter = `kind=resource,metadata.namespace=kubesmith,metadata.name=${ENVIRONMENT}.path`;

    before(async () => {
      student = await setting.as('student-1');
      other = await setting.as('student-2');
    });
    after(() => kubectl?.forget());

    test(
      'is ordered through the template and becomes ready',
      { timeout: LIMIT_MS },
      async () => {
        taskId = await student.start('new-k8s-cluster', {
          name: 'path',
          environment: ENVIRONMENT,
          size: 'small',
          workers: 2,
        });
        const { status, lines } = await watchTask(student, taskId, {
          timeoutMs: LIMIT_MS,
        });
        assert.equal(
          status,
          'completed',
          lines
            .slice(-5)
            .map(({ message }) => message)
            .join('\n'),
        );
        cluster = (await student.clusters({ search: 'path' }))[0]!;
        assert.equal(cluster.phase, 'ready');
        assert.equal(cluster.owner, 'user:default/student-1');
        assert.equal(cluster.nodes.length, 3);
      },
    );

    test(
      'is used with the kubeconfig that the portal issued',
      { timeout: 180_000 },
      async () => {
        const { grant, kubeconfig } = await student.issueGrant(cluster.id, 1);
        assert.equal(grant.user, 'user:default/student-1');
        kubectl = await Kubectl.with(setting.instance, 'path', kubeconfig);
        assert.deepEqual(await kubectl.readyNodes(), [
          'path-cp-1',
          'path-w-1',
          'path-w-2',
        ]);
        const { answer } = await kubectl.deployHello(2);
        assert.match(answer, /^hello from hello-/);
      },
    );

    test('has a kubeconfig of the student’s own, not the administrator’s of the cluster', async () => {
      const { stdout } = await kubectl!.run(['auth', 'whoami', '-o', 'json']);
      const { username } = JSON.parse(stdout).status.userInfo;
      assert.match(username, /^system:serviceaccount:kubesmith/);
    });

    test('shows its secrets nowhere: not in databases, workspaces, logs or process lists', async () => {
      const environment = await setting.portal.environment();
      const token = /^\s*token: (\S+)$/m.exec(
        await readFile(kubectl!.kubeconfig, 'utf8'),
      )?.[1];
      assert.ok(token);
      const known = { 'a name': 'path-cp-1' };
      assert.ok(
        (await findSecrets(setting.instance, known)).length > 0,
        'The search finds what is there',
      );
      assert.deepEqual(
        await findSecrets(setting.instance, {
          'the kubeconfig’s token': token,
          'the Proxmox token': environment.KUBESMITH_PROXMOX_TOKEN_SECRET!,
          'the encryption key': environment.KUBESMITH_ENCRYPTION_KEY!,
          'the sign-in secret': environment.AUTH_OIDC_CLIENT_SECRET!,
          'a private key': '-----BEGIN OPENSSH PRIVATE KEY-----',
        }),
        [],
      );
    });

    test('does not exist for another student: not in the catalog, the API or the task list', async () => {
      const seen = await waitFor(
        async () => (await student.entities(filter)).length === 1,
        { timeoutMs: 30_000, intervalMs: 500 },
      );
      assert.ok(seen, 'The owner sees the entity');
      assert.deepEqual(await other.entities(filter), []);
      assert.deepEqual(await other.clusters(), []);
      assert.deepEqual(
        (await other.tasks()).map(({ id }) => id),
        [],
      );
      await assert.rejects(other.cluster(cluster.id), refusedWith(404));
      await assert.rejects(other.issueGrant(cluster.id), refusedWith(404));
      await assert.rejects(
        other.deleteCluster(cluster.id, 'not-yours-1'),
        refusedWith(404),
      );
      await assert.rejects(
        other.operation(
          cluster.operation?.id ?? (await firstOperation(student, cluster)),
        ),
        refusedWith(404),
      );
      await assert.rejects(other.task(taskId), refusedWith(403));
      await assert.rejects(other.taskEvents(taskId), refusedWith(403));
    });

    test('shows to who runs the environment and to administrators', async () => {
      for (const person of ['instructor', 'administrator']) {
        const client = await setting.as(person);
        assert.deepEqual(
          (await client.clusters({ search: 'path' })).map(({ id }) => id),
          [cluster.id],
          person,
        );
        assert.equal((await client.entities(filter)).length, 1, person);
      }
      const instructor = await setting.as('instructor');
      await assert.rejects(instructor.issueGrant(cluster.id), refusedWith(403));
    });

    test(
      'cannot be deleted through the template by another student',
      { timeout: 60_000 },
      async () => {
        const attempt = await other.start('delete-k8s-cluster', {
          cluster: cluster.entityRef,
          confirm: true,
        });
        const { status, lines } = await watchTask(other, attempt, {
          timeoutMs: 60_000,
        });
        assert.equal(status, 'failed');
        assert.match(lines.at(-1)!.message, /no cluster 'path' in/);
        assert.equal((await student.cluster(cluster.id)).phase, 'ready');
      },
    );

    test('is deleted through the template', { timeout: LIMIT_MS }, async () => {
      const id = await student.start('delete-k8s-cluster', {
        cluster: cluster.entityRef,
        confirm: true,
        reason: 'Done',
      });
      const { status, lines } = await watchTask(student, id, {
        timeoutMs: LIMIT_MS,
      });
      assert.equal(
        status,
        'completed',
        lines
          .slice(-5)
          .map(({ message }) => message)
          .join('\n'),
      );
      assert.deepEqual(await student.clusters({ search: 'path' }), []);
    });

    test(
      'leaves no machine, address, process, mount, link, secret, file or entity',
      { timeout: 60_000 },
      async () => {
        const vmids = cluster.nodes.map(({ vmid }) => vmid);
        const left = async () =>
          await tracesOf(setting.instance, vmids, cluster.id);
        // The kernel takes a moment to remove the network interface of a container that is gone.
        await waitFor(
          async () => Object.values(await left()).flat().length === 0,
          { timeoutMs: 10_000, intervalMs: 250 },
        );
        assert.deepEqual(await left(), {
          machines: [],
          processes: [],
          mounts: [],
          links: [],
        });
        const rows = await setting.database('kubesmith', database =>
          ['ip_addresses', 'nodes', 'secrets'].map(table => {
            const condition = {
              ip_addresses: 'cluster_id = ?',
              nodes: 'cluster_id = ? AND live_vmid IS NOT NULL',
              secrets: 'owner_id = ?',
            }[table];
            return database
              .prepare(`SELECT count(*) AS n FROM ${table} WHERE ${condition}`)
              .get(cluster.id)!.n;
          }),
        );
        assert.deepEqual(rows, [0, 0, 0]);
        const { KUBESMITH_DATA_DIRECTORY: data } =
          await setting.portal.environment();
        await assert.rejects(stat(join(data!, 'clusters', cluster.id)), {
          code: 'ENOENT',
        });
        const administrator = await setting.as('administrator');
        const gone = await waitFor(
          async () =>
            (
              await administrator.entities(
                'kind=resource,metadata.namespace=kubesmith',
              )
            ).every(({ metadata }) => !metadata.name.endsWith('.path')),
          { timeoutMs: 30_000, intervalMs: 500 },
        );
        assert.ok(gone, 'The entity is gone');
      },
    );
  });
}

async function firstOperation(
  client: PortalClient,
  cluster: Cluster,
): Promise<string> {
  return (await client.operations(cluster.id))[0]!.id;
}
