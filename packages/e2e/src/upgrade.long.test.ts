/**
 * Kubernetes upgrades of real clusters through the portal, from the lab's older version to its usual one: without a disturbance, and
 * with a portal that is killed in the middle. The older version is built when it is not there yet, which takes its time once.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { olderKubernetes } from '@kubesmith/lab/src/images/older.ts';
import { versions } from '@kubesmith/lab/src/images/versions.ts';
import { waitFor } from '@kubesmith/lab/src/system/wait.ts';
import type { Kubectl } from './client/Kubectl.ts';
import type { Cluster, PortalClient } from './client/PortalClient.ts';
import { inRepository } from './layout.ts';
import { carryOut, succeeded } from './tests/operations.ts';
import { readyCluster } from './tests/readyCluster.ts';
import { Setting } from './tests/Setting.ts';

const NEW = versions.kubernetes;
const LIMIT_MS = 15 * 60_000;
const BUILD_MS = 60 * 60_000;

const setting = new Setting('e2e-upgrade', {
  older: true,
  configs: [inRepository('packages', 'e2e', 'older-kubernetes.yaml')],
});
const upgrade = { kind: 'upgrade', kubernetesVersion: NEW } as const;

let student: PortalClient;

before(
  async () => {
    const built = spawnSync(
      process.execPath,
      [
        inRepository('packages', 'lab', 'src', 'images', 'cli.ts'),
        'build',
        'older',
      ],
      { encoding: 'utf8', timeout: BUILD_MS },
    );
    assert.equal(built.status, 0, built.stderr || built.stdout);
    await setting.up();
    student = await setting.as('student-1');
  },
  { timeout: BUILD_MS },
);
after(() => setting.end(), { timeout: 5 * 60_000 });

const orderOlder = (name: string) =>
  readyCluster(setting, {
    name,
    workers: 1,
    kubernetesVersion: olderKubernetes,
  });

async function stepRuns(id: string, name: string): Promise<void> {
  const reached = await waitFor(
    async () =>
      (await student.operation(id)).steps.find(step => step.name === name)
        ?.status === 'running',
    { timeoutMs: LIMIT_MS, intervalMs: 250 },
  );
  assert.ok(reached, `The step '${name}' was reached`);
}

async function kubeletVersions(kubectl: Kubectl): Promise<string[]> {
  const { stdout } = await kubectl.run([
    'get',
    'nodes',
    '-o',
    'jsonpath={.items[*].status.nodeInfo.kubeletVersion}',
  ]);
  return stdout.split(' ');
}

/** All nodes have the new version and take Pods, what ran still runs, and nothing is left to be done. */
async function checkUpgraded(cluster: Cluster, kubectl: Kubectl) {
  assert.deepEqual(await kubeletVersions(kubectl), [`v${NEW}`, `v${NEW}`]);
  const { stdout } = await kubectl.run(['version', '-o', 'json']);
  assert.equal(JSON.parse(stdout).serverVersion.gitVersion, `v${NEW}`);
  assert.deepEqual(
    await kubectl.readyNodes(),
    cluster.nodes.map(({ name }) => name).sort(),
  );
  const cordoned = await kubectl.run([
    'get',
    'nodes',
    '-o',
    'jsonpath={.items[*].spec.unschedulable}',
  ]);
  assert.equal(cordoned.stdout, '');
  const now = await student.cluster(cluster.id);
  assert.deepEqual(
    [now.phase, now.spec.kubernetesVersion],
    ['ready', NEW],
    'The record says it',
  );
  const { problems } = await student.plan(cluster.id, upgrade);
  assert.deepEqual(
    problems.map(({ code }) => code),
    ['KUBESMITH-UPGRADE-NOTHING'],
  );
}

describe('Kubernetes upgrades of real clusters', () => {
  test(
    `goes from ${olderKubernetes} to ${NEW}; what runs there stays, and a backup was taken before`,
    { timeout: 2 * LIMIT_MS },
    async () => {
      const { cluster, kubectl } = await orderOlder('rise');
      assert.equal(cluster.spec.kubernetesVersion, olderKubernetes);
      const [first] = await kubeletVersions(kubectl);
      assert.equal(first, `v${olderKubernetes}`);
      await kubectl.deployHello(1);
      await kubectl.run([
        'create',
        'configmap',
        'precious',
        '--from-literal=a=b',
      ]);

      await carryOut(student, cluster.id, upgrade);

      await checkUpgraded(cluster, kubectl);
      await kubectl.run(['get', 'configmap', 'precious']);
      const { answer } = await kubectl.deployHello(1);
      assert.ok(answer.length > 0);
      const { items } = JSON.parse(
        await student.read(`/api/kubesmith/v1/clusters/${cluster.id}/backups`),
      );
      assert.deepEqual(
        items.map(
          (each: { kubernetesVersion: string }) => each.kubernetesVersion,
        ),
        [olderKubernetes],
      );
    },
  );

  test(
    'goes on after the portal was killed while the control plane, and while a node, was being upgraded',
    { timeout: 2 * LIMIT_MS },
    async () => {
      const { cluster, kubectl } = await orderOlder('fall');
      await kubectl.deployHello(1);
      const { operation } = await student.begin(cluster.id, upgrade);
      for (const step of ['control-plane', 'nodes']) {
        await stepRuns(operation.id, step);
        await sleep(15_000);
        await setting.portal.kill();
        await setting.portal.start();
        setting.forgetSessions();
        student = await setting.as('student-1');
      }
      await succeeded(student, operation.id);
      await checkUpgraded(cluster, kubectl);
      await kubectl.deployHello(1);
    },
  );
});
