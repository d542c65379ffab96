import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { waitFor } from '@kubesmith/lab/src/system/wait.ts';
import { Kubectl, podManifest } from '../../client/Kubectl.ts';
import {
  type PortalClient,
  RequestRefused,
} from '../../client/PortalClient.ts';
import type { TrustSetting } from './TrustSetting.ts';

const REFUSED_WITHIN_MS = 60_000;
const CATALOG_WITHIN_MS = 5_000;
const GUEST = 'user:default/student-2';
const NAMESPACE = 'team-a';
const AUDIT_LOG = '/var/log/kubernetes/audit/audit.log';

const inHours = (hours: number) =>
  new Date(Date.now() + hours * 3_600_000).toISOString();

/** With whom a cluster is shared gets what the share says, from the real cluster, for as long as the share lasts. */
export function shareTests(trust: TrustSetting): void {
  const issue = async (
    person: PortalClient,
    name: string,
    options: { role: 'viewer' | 'editor' | 'administrator'; hours: number },
  ) => {
    const issued = await person.issue(trust.alpha.record.id, options);
    const kubectl = await Kubectl.with(trust.instance, name, issued.kubeconfig);
    return { ...issued, kubectl };
  };
  const refusal = async (kubectl: Kubectl, args: string[]) => {
    const { code, stderr } = await kubectl.run(
      [...args, '--request-timeout=5s'],
      { mayFail: true },
    );
    return code === 0 ? undefined : stderr;
  };
  /** How long the cluster went on to believe a kubeconfig, in milliseconds. */
  const refusedAfter = async (kubectl: Kubectl, since: number) => {
    let answer: string | undefined;
    await waitFor(
      async () => {
        answer = await refusal(kubectl, ['auth', 'whoami']);
        return answer !== undefined;
      },
      {
        timeoutMs: Math.max(0, since - Date.now()) + REFUSED_WITHIN_MS + 30_000,
        intervalMs: 500,
      },
    );
    assert.match(answer!, /Unauthorized|must be logged in/);
    const took = Date.now() - since;
    assert.ok(took < REFUSED_WITHIN_MS, `refused after ${took} ms`);
    return took;
  };
  const code = async (request: Promise<unknown>) =>
    await request.then(
      () => 'no error',
      error => {
        assert.ok(error instanceof RequestRefused);
        return error.body.error.code as string;
      },
    );

  /** Pods that reach for the machine are refused in a namespace until an administrator of the cluster says otherwise. */
  const keepsOffTheMachine = async (editor: Kubectl, owner: Kubectl) => {
    const run = async (pod: Record<string, unknown>) =>
      await editor.run(['create', '--dry-run=server', '-f', '-'], {
        input: JSON.stringify(podManifest(pod)),
        mayFail: true,
      });
    const privileged = { securityContext: { privileged: true } };
    const reaching = [
      { container: privileged },
      { hostNetwork: true },
      { hostPID: true },
      { volumes: [{ name: 'host', hostPath: { path: '/' } }] },
    ];
    for (const pod of reaching) {
      const { code: exit, stderr } = await run(pod);
      assert.notEqual(exit, 0, JSON.stringify(pod));
      assert.match(stderr, /violates PodSecurity "baseline:latest"/);
    }
    const ordinary = await run({});
    assert.equal(ordinary.code, 0, ordinary.stderr);

    const label = ['pod-security.kubernetes.io/enforce=privileged'];
    const labelling = ['label', 'namespace', NAMESPACE, ...label];
    assert.match((await refusal(editor, labelling))!, /forbidden/i);
    await owner.run(labelling);
    // The API server looks at namespaces through a cache of its own.
    await waitFor(
      async () => (await run({ container: privileged })).code === 0,
      { timeoutMs: 10_000, intervalMs: 500 },
    );
    assert.equal((await run({ container: privileged })).code, 0);
    await owner.run([
      ...['label', 'namespace', NAMESPACE],
      'pod-security.kubernetes.io/enforce-',
    ]);

    const { stdout } = await owner.run([
      ...['get', 'pods', '-n', 'kube-system', '-o', 'json'],
    ]);
    const { items } = JSON.parse(stdout) as {
      items: { metadata: { name: string }; status: { phase: string } }[];
    };
    const names = items.map(({ metadata }) => metadata.name).join(' ');
    for (const part of ['kube-router', 'kube-proxy', 'coredns', 'etcd'])
      assert.match(names, new RegExp(part));
    assert.deepEqual(
      items.filter(({ status }) => status.phase !== 'Running'),
      [],
    );
  };

  describe('a cluster that is shared', () => {
    test(
      'is in the list, the catalog and the hands of the guest up to the role, and in none of them a minute after the end',
      { timeout: 300_000 },
      async context => {
        const { id, name } = trust.alpha.record;
        const guest = await trust.as('student-2');
        const entities = async () =>
          (await guest.entities('kind=resource')).filter(
            ({ metadata }) =>
              metadata.annotations?.['kubesmith.io/cluster-id'] === id,
          ).length;
        assert.equal(await code(guest.cluster(id)), 'KUBESMITH-NOT-FOUND');

        const share = await trust.student.share(id, {
          subject: GUEST,
          role: 'viewer',
          until: inHours(1),
        });
        assert.deepEqual(
          (await guest.clusters()).map(cluster => cluster.name),
          [name],
        );
        await waitFor(async () => (await entities()) === 1, {
          timeoutMs: CATALOG_WITHIN_MS,
          intervalMs: 200,
        });
        assert.equal(
          await code(guest.issue(id, { role: 'editor', hours: 1 })),
          'KUBESMITH-NOT-ALLOWED',
        );
        const { grant, kubectl } = await issue(guest, 'guest', {
          role: 'viewer',
          hours: 1,
        });
        const { stdout: pods } = await kubectl.run([
          ...['get', 'pods', '-n', 'kube-system', '-o', 'name'],
        ]);
        const [pod] = pods.split('\n');
        assert.match(pod!, /^pod\//);
        assert.match(
          (await refusal(kubectl, ['delete', pod!, '-n', 'kube-system']))!,
          /Forbidden/,
        );
        assert.match(
          (await refusal(kubectl, ['get', 'secrets', '-A']))!,
          /Forbidden/,
        );
        const { stdout: who } = await kubectl.run([
          ...['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'],
        ]);
        assert.equal(
          who,
          `system:serviceaccount:kubesmith-grants:student-2-${grant.id}`,
        );

        const began = Date.now();
        await trust.student.endShare(share.id);
        assert.equal(await code(guest.cluster(id)), 'KUBESMITH-NOT-FOUND');
        await waitFor(async () => (await entities()) === 0, {
          timeoutMs: CATALOG_WITHIN_MS,
          intervalMs: 200,
        });
        const took = await refusedAfter(kubectl, began);
        context.diagnostic(`refused ${took} ms after the end of the share`);
      },
    );

    test(
      'for a namespace only lets nobody look elsewhere, and ends by itself',
      { timeout: 300_000 },
      async context => {
        const { id } = trust.alpha.record;
        const guest = await trust.as('student-2');
        const until = Date.now() + 90_000;
        await trust.student.share(id, {
          subject: GUEST,
          role: 'editor',
          namespaces: [NAMESPACE],
          until: new Date(until).toISOString(),
        });
        assert.equal(
          await code(guest.issue(id, { role: 'editor', hours: 1 })),
          'KUBESMITH-NAMESPACE-MISSING',
        );
        const owner = await issue(trust.student, 'owner', {
          role: 'administrator',
          hours: 1,
        });
        await owner.kubectl.run(['create', 'namespace', NAMESPACE]);

        const { grant, kubectl } = await issue(guest, 'namespaced', {
          role: 'editor',
          hours: 1,
        });
        // The kubeconfig names the namespace: no flag is needed.
        await kubectl.run(['create', 'configmap', 'mine']);
        await kubectl.run(['get', 'configmap', 'mine', '-n', NAMESPACE]);
        for (const args of [
          ['get', 'pods', '-n', 'default'],
          ['get', 'secrets', '-n', 'kubesmith-grants'],
          ['get', 'nodes'],
          ['create', 'rolebinding', 'x', '--clusterrole=admin', '--user=x'],
        ])
          assert.match((await refusal(kubectl, args))!, /forbidden/i);
        await keepsOffTheMachine(kubectl, owner.kubectl);
        const audited = await trust.alpha.node.say(
          trust.alpha.address,
          `sudo grep -c '"verb":"create".*serviceaccount:kubesmith-grants:student-2-${grant.id}"' ${AUDIT_LOG} || true`,
        );
        assert.notEqual(Number(audited), 0, 'the audit log names nobody');

        const took = await refusedAfter(kubectl, until);
        assert.ok(took > 0, `refused ${-took} ms too early`);
        context.diagnostic(`refused ${took} ms after the time of the share`);
        assert.equal(await refusal(owner.kubectl, ['get', 'nodes']), undefined);
      },
    );
  });
}
