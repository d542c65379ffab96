import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '@kubesmith/lab/src/system/wait.ts';
import type { TrustCluster, TrustSetting } from './TrustSetting.ts';

const KEY = '/etc/ssh/ssh_host_ed25519_key';
const LIMIT_MS = 4 * 60_000;

/** A machine that shows another SSH host key than the pinned one is told nothing. */
export function hostKeyTests(trust: TrustSetting): void {
  /** Puts another key in place, or the old one back, and ends all sessions that were begun before. */
  const renew = async (cluster: TrustCluster) =>
    await cluster.node.say(
      cluster.address,
      `sudo sh -c 'cp -p ${KEY} ${KEY}.old; cp -p ${KEY}.pub ${KEY}.pub.old; rm ${KEY} ${KEY}.pub; ssh-keygen -q -t ed25519 -N "" -f ${KEY}; systemctl restart ssh; pkill -KILL -u kubesmith-kubectl sshd; true'`,
    );
  const restore = async (cluster: TrustCluster) =>
    await cluster.node.say(
      cluster.address,
      `sudo sh -c 'mv ${KEY}.old ${KEY}; mv ${KEY}.pub.old ${KEY}.pub; systemctl restart ssh'`,
    );
  /** Logins that the machine took since a moment, but for the test's own. */
  const logins = async (cluster: TrustCluster, user: string, since: number) =>
    (
      await cluster.node.say(
        cluster.address,
        `sudo journalctl --quiet --no-pager --since=@${Math.floor(
          since / 1000,
        )} -u ssh -o cat | grep 'Accepted publickey for ${user} ' || true`,
      )
    )
      .split('\n')
      .filter(Boolean);

  describe('a changed SSH host key', () => {
    test(
      'stops kubectl and kubeconfigs of a cluster that was ready, until the right one is back',
      { timeout: 120_000 },
      async () => {
        const { record } = trust.beta;
        await renew(trust.beta);
        await sleep(1000);
        const since = Date.now();
        await assert.rejects(
          trust.student.issueGrant(record.id, 1),
          /KUBESMITH-HOSTKEY-MISMATCH/,
        );
        const alarmed = await trust.student.cluster(record.id);
        assert.equal(alarmed.phase, 'needs-attention');
        assert.equal(alarmed.failure?.code, 'KUBESMITH-HOSTKEY-MISMATCH');
        assert.match(alarmed.failure.message, /Nothing was sent/);
        assert.deepEqual(
          await logins(trust.beta, 'kubesmith-kubectl', since),
          [],
        );

        await restore(trust.beta);
        await trust.student.issueGrant(record.id, 1);
        const { phase, failure } = await trust.student.cluster(record.id);
        assert.deepEqual([phase, failure], ['ready', undefined]);
      },
    );

    test('stops the playbook', { timeout: LIMIT_MS }, async () => {
      const ordered = await trust.order('gamma', 0);
      const kubernetes = async () =>
        (await trust.student.cluster(ordered.id)).operation?.steps.find(
          ({ name }) => name === 'kubernetes',
        )?.status;
      assert.ok(
        await waitFor(async () => (await kubernetes()) === 'running', {
          timeoutMs: 120_000,
          intervalMs: 200,
        }),
        'The playbook runs',
      );
      const [operation] = await trust.student.operations(ordered.id);
      await trust.student.cancelOperation(operation!.id);
      assert.ok(
        await waitFor(
          async () =>
            (await trust.student.operation(operation!.id)).status ===
            'cancelled',
          { timeoutMs: 90_000, intervalMs: 500 },
        ),
        'It is interrupted',
      );
      const gamma = await trust.stolen(await trust.student.cluster(ordered.id));
      await renew(gamma);
      await sleep(1000);
      const since = Date.now();
      await trust.student.retryOperation(operation!.id);
      const stopped = await waitFor(
        async () => {
          const cluster = await trust.student.cluster(ordered.id);
          return cluster.phase === 'needs-attention' && cluster;
        },
        { timeoutMs: 90_000, intervalMs: 500 },
      );
      assert.equal(stopped?.failure?.code, 'KUBESMITH-HOSTKEY-MISMATCH');
      assert.equal(stopped.failure.class, 'permanent');
      const { steps } = await trust.student.operation(operation!.id);
      assert.deepEqual(
        steps.map(({ name, status }) => [name, status]).slice(0, 3),
        [
          ['reserve', 'succeeded'],
          ['machines', 'succeeded'],
          ['kubernetes', 'failed'],
        ],
      );
      // The test itself logs in as this user: once before, once to ask.
      assert.ok((await logins(gamma, 'kubesmith', since)).length <= 1);
      await gamma.node.forget();
      await gamma.kubectl.forget();
    });
  });
}
