import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { waitFor } from '@kubesmith/lab/src/system/wait.ts';
import { Kubectl } from '../../client/Kubectl.ts';
import type { TrustCluster, TrustSetting } from './TrustSetting.ts';

const REFUSED_WITHIN_MS = 60_000;
const WHOAMI = ['auth', 'whoami', '-o', 'name', '--request-timeout=5s'];

/** A kubeconfig is worth something to its cluster alone, and until its end. */
export function grantTests(trust: TrustSetting): void {
  const issue = async (cluster: TrustCluster, name: string) => {
    const issued = await trust.student.issueGrant(cluster.record.id, 1);
    const kubectl = await Kubectl.with(trust.instance, name, issued.kubeconfig);
    return { ...issued, kubectl };
  };
  const says = async (kubectl: Kubectl) => {
    const { code, stderr } = await kubectl.run(WHOAMI, { mayFail: true });
    return code === 0 ? 'works' : stderr;
  };
  const endsWithin = async (
    kubectl: Kubectl,
    limitMs: number,
    since: number,
  ) => {
    let answer = '';
    await waitFor(
      async () => {
        answer = await says(kubectl);
        return answer !== 'works';
      },
      { timeoutMs: limitMs + 30_000, intervalMs: 500 },
    );
    assert.match(answer, /Unauthorized|must be logged in/);
    const took = Date.now() - since;
    assert.ok(took < limitMs, `refused after ${took} ms`);
    return took;
  };
  /** As if its time had come. */
  const expire = async (id: string) =>
    await trust.database('kubesmith', database =>
      database
        .prepare('UPDATE grants SET expires_at = ? WHERE id = ?')
        .run(Date.now() - 1000, id),
    );

  describe('a kubeconfig', () => {
    test(
      'is refused by the cluster within a minute of its revocation, and of its end',
      { timeout: 180_000 },
      async context => {
        const revoked = await issue(trust.alpha, 'revoked');
        const expired = await issue(trust.alpha, 'expired');
        const kept = await issue(trust.alpha, 'kept');
        for (const { kubectl } of [revoked, expired, kept])
          assert.equal(await says(kubectl), 'works');

        const began = Date.now();
        const { revokedAt } = await trust.student.revokeGrant(revoked.grant.id);
        assert.ok(revokedAt);
        await expire(expired.grant.id);
        const [first, second] = await Promise.all([
          endsWithin(revoked.kubectl, REFUSED_WITHIN_MS, began),
          endsWithin(expired.kubectl, REFUSED_WITHIN_MS, began),
        ]);
        context.diagnostic(
          `refused ${first} ms after its revocation, ${second} ms after its end`,
        );
        assert.equal(await says(kept.kubectl), 'works');
      },
    );

    test(
      'is refused also when the cluster could not be asked at its end',
      { timeout: 240_000 },
      async context => {
        const { address, node } = trust.beta;
        const late = await issue(trust.beta, 'late');
        // SSH is closed for a while, by the machine's own firewall; the API answers.
        const closedMs = 28_000;
        const rule =
          'INPUT -p tcp --dport 22 -j REJECT --reject-with tcp-reset';
        await node.say(
          address,
          `sudo systemd-run --quiet sh -c 'sleep 1; iptables -I ${rule}; sleep ${
            closedMs / 1000
          }; iptables -D ${rule}'`,
        );
        await sleep(2000);
        await expire(late.grant.id);
        await assert.rejects(
          trust.student.issueGrant(trust.beta.record.id, 1),
          /KUBESMITH-CLUSTER-UNREACHABLE/,
        );
        await assert.rejects(
          trust.student.revokeGrant(late.grant.id),
          /KUBESMITH-REVOCATION-PENDING/,
        );
        await sleep(closedMs - 4000);
        assert.equal(await says(late.kubectl), 'works');
        const opened = Date.now();
        const took = await endsWithin(
          late.kubectl,
          REFUSED_WITHIN_MS + 20_000,
          opened,
        );
        context.diagnostic(`refused ${took} ms after the cluster was back`);
      },
    );

    test('trusts its own cluster only: another host in its place is refused by the client', async () => {
      const mine = await issue(trust.alpha, 'mine');
      const other = await issue(trust.beta, 'other');
      const read = (text: string) => parse(text) as any;
      const change = async (
        name: string,
        edit: (config: any, beta: any) => void,
      ) => {
        const config = read(mine.kubeconfig);
        edit(
          config.clusters[0].cluster,
          read(other.kubeconfig).clusters[0].cluster,
        );
        return await says(
          await Kubectl.with(trust.instance, name, stringify(config)),
        );
      };
      assert.match(
        await change('replaced', (cluster, beta) => {
          cluster.server = beta.server;
        }),
        /certificate signed by unknown authority/,
      );
      assert.match(
        await change('wrong-ca', (cluster, beta) => {
          cluster['certificate-authority-data'] =
            beta['certificate-authority-data'];
        }),
        /certificate signed by unknown authority/,
      );
      // All of the other cluster but the token.
      assert.match(
        await change('elsewhere', (cluster, beta) => {
          Object.assign(cluster, beta);
        }),
        /Unauthorized|must be logged in/,
      );
    });
  });
}
