import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KUBECTL_USER, NODE_USER } from './SshClient.ts';
import type { TrustCluster, TrustSetting } from './TrustSetting.ts';

const CANARY = '/tmp/kubesmith-gate-canary';
const REFUSED = 126;

/** Requests that are kubectl's, and more than the portal's: none may get past the gate. */
const hostileRequests = [
  ['exec', '-n', 'kube-system', 'etcd', '--', 'touch', CANARY],
  ['cp', 'kube-system/etcd:/etc/passwd', CANARY],
  ['debug', 'node/alpha-cp-1', '-it', '--image=x', '--', 'sh'],
  ['run', 'x', '--image=x'],
  ['port-forward', 'pod/x', '80'],
  ['proxy'],
  ['plugin', 'list'],
  ['krew'],
  ['config', 'view', '--raw'],
  ['get', 'secrets', '-A', '-o', 'json'],
  ['get', '--raw', '/api/v1/nodes/alpha-cp-1/proxy/logs/'],
  [
    'create',
    '--raw',
    '/api/v1/nodes/alpha-cp-1/proxy/run/kube-system/etcd/etcd?cmd=id',
    '-f',
    '-',
  ],
  ['get', 'nodes', '--kubeconfig=/etc/kubernetes/super-admin.conf'],
  ['get', 'nodes', '--as', 'system:admin'],
  ['get', 'nodes', '--as-group=system:masters'],
  ['get', 'nodes', '--token=x'],
  ['get', 'nodes', '--server=https://10.40.19.10:8006'],
  ['get', 'nodes', `--cache-dir=${CANARY}`],
  ['get', 'nodes', '--profile=cpu', `--profile-output=${CANARY}`],
  ['get', 'nodes', '-o', 'jsonpath-file=/etc/shadow'],
  ['get', 'nodes', '-o', 'go-template-file=/etc/shadow'],
  ['get', 'nodes', '-w'],
  ['apply', '-f', '/etc/shadow'],
  ['apply', '--filename=/etc/shadow'],
  ['apply', '-k', '/etc'],
  ['create', 'secret', 'generic', 'x', '--from-file=/etc/shadow'],
  ['delete', 'namespace', 'default'],
  ['cluster-info', 'dump', `--output-directory=${CANARY}`],
].map(argv => JSON.stringify(argv));

const shellRequests = [
  'id',
  'sudo -n id',
  'sh -c id',
  `touch ${CANARY}`,
  '["get","nodes"]; id',
  '$(id)',
  'scp -t /tmp',
  '/usr/lib/openssh/sftp-server',
  '',
];

const namesOf = ({ record }: TrustCluster) =>
  record.nodes.map(({ name }) => `node/${name}`).sort();

/** What a cluster's keys open, and what not. */
export function keyTests(trust: TrustSetting): void {
  describe('the keys of a cluster', () => {
    test('open its own machines', async () => {
      const { alpha } = trust;
      assert.equal(await alpha.node.say(alpha.address, 'hostname'), alpha.host);
      const nodes = await trust.gate(alpha, '["get","nodes","-o","name"]');
      assert.equal(nodes.code, 0);
      assert.deepEqual(nodes.stdout.trim().split('\n'), namesOf(alpha));
    });

    test('do not open those of another cluster, nor each other’s account', async () => {
      const { alpha, beta } = trust;
      for (const [key, user, address] of [
        [beta.node, NODE_USER, alpha.address],
        [beta.kubectl, KUBECTL_USER, alpha.address],
        [alpha.node, NODE_USER, beta.address],
        [alpha.kubectl, KUBECTL_USER, beta.address],
        [alpha.kubectl, NODE_USER, alpha.address],
        [alpha.node, KUBECTL_USER, alpha.address],
        [alpha.node, 'root', alpha.address],
      ] as const) {
        const done = await key.run('ssh', [`${user}@${address}`, 'id']);
        assert.equal(done.code, 255);
        assert.match(done.stderr, /Permission denied/);
        assert.equal(done.stdout, '');
      }
    });
  });

  describe('the key that is for kubectl', () => {
    test('runs no other program', async () => {
      for (const command of shellRequests) {
        const done = await trust.gate(trust.alpha, command);
        assert.deepEqual(
          [command, done.code, done.stdout],
          [command, REFUSED, ''],
        );
        assert.match(done.stderr, /kubectl-gate: refused: /);
      }
    });

    test('runs no request of kubectl that the portal does not make', async () => {
      for (const command of hostileRequests) {
        const done = await trust.gate(trust.alpha, command, '{}');
        assert.deepEqual(
          [command, done.code, done.stdout],
          [command, REFUSED, ''],
        );
      }
    });

    test('transfers no files', async () => {
      const { alpha } = trust;
      const account = `${KUBECTL_USER}@${alpha.address}`;
      for (const [program, ...args] of [
        ['sftp', account],
        ['scp', '/etc/hostname', `${account}:${CANARY}`],
        ['scp', '-O', '/etc/hostname', `${account}:${CANARY}`],
        ['scp', `${account}:/etc/hostname`, '/dev/null'],
      ] as const) {
        const done = await alpha.kubectl.run(program, args, {
          input: 'ls /\n',
        });
        assert.notEqual(done.code, 0, program);
        assert.doesNotMatch(done.stdout, /etc/);
      }
    });

    test('forwards neither ports nor agent nor X11, and gets no terminal', async () => {
      const { alpha } = trust;
      const account = `${KUBECTL_USER}@${alpha.address}`;
      const through = await alpha.kubectl.run('ssh', [
        '-W',
        '127.0.0.1:22',
        account,
      ]);
      assert.notEqual(through.code, 0);
      assert.match(through.stderr, /administratively prohibited|open failed/);
      const back = await alpha.kubectl.run('ssh', [
        ...[
          '-o',
          'ExitOnForwardFailure=yes',
          '-N',
          '-R',
          '127.0.0.1:0:127.0.0.1:1',
        ],
        account,
      ]);
      assert.notEqual(back.code, 0);
      assert.match(back.stderr, /remote port forwarding failed/);
      const terminal = await alpha.kubectl.run('ssh', [
        ...['-tt', account],
        '["get","nodes","-o","name"]',
      ]);
      assert.match(terminal.stderr, /PTY allocation request failed/);
      const told = await alpha.kubectl.run('ssh', [
        ...['-v', account],
        '["get","nodes","-o","name"]',
      ]);
      const options = /authorized_keys:1: key options: (.*)$/m.exec(
        told.stderr,
      );
      assert.deepEqual(options?.[1]?.trim().split(/\s+/), ['command']);
    });

    test('takes no environment from the client', async () => {
      const { alpha } = trust;
      const done = await alpha.kubectl.run('ssh', [
        ...['-o', 'SetEnv=KUBECONFIG=/x LC_ALL=/x PYTHONPATH=/x'],
        `${KUBECTL_USER}@${alpha.address}`,
        '["get","nodes","-o","name"]',
      ]);
      assert.deepEqual(done.stdout.trim().split('\n'), namesOf(alpha));
    });

    test('left nothing on the machine', async () => {
      const { alpha } = trust;
      assert.equal(
        await alpha.node.say(
          alpha.address,
          `ls ${CANARY}* 2>/dev/null || true`,
        ),
        '',
      );
    });
  });
}
