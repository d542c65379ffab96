import { keyPair } from '../ssh/__testUtils__/keyPair';
import { parseHostKey } from '../ssh/hostKey';
import { returning } from './__testUtils__/HostileNode';
import { HostilePlaybook, probeResult } from './__testUtils__/HostilePlaybook';

jest.setTimeout(120_000);

describe('a playbook on a node that means ill', () => {
  let playbook: HostilePlaybook;

  beforeEach(async () => {
    playbook = await HostilePlaybook.create();
  });
  afterEach(async () => {
    await playbook.remove();
  });

  it('should show template text of its facts and evaluate none', async () => {
    const { template } = playbook;
    const { failure } = await playbook.fail(
      returning(probeResult({ os: { id: template, version: '', like: '' } })),
    );
    expect(failure.code).toBe('KUBESMITH-NODE-REFUSED');
    expect(failure.message).toContain(`this node has ${template}, which`);
    expect(await playbook.canaries()).toEqual([]);
  });

  it('should not let it change the order by its facts', async () => {
    const { failure } = await playbook.fail(
      returning(
        probeResult({
          traces: ['kubelet_conf'],
          versions: { kubelet: '1.0.0' },
          ansible_facts: {
            kubesmith: { kubernetes_version: '1.0.0' },
            common_kubernetes_version: '1.0.0',
          },
        }),
      ),
    );
    expect(failure.message).toContain(
      'this node is in use with Kubernetes 1.0.0; another version',
    );
  });

  it('should be told nothing when its host key is another than the pinned one', async () => {
    const { node } = playbook;
    const { failure, needsAttention } = await playbook.fail(
      returning(probeResult()),
      `[127.0.0.1]:${node.port} ${parseHostKey(keyPair().public)}\n`,
    );
    expect(failure.code).toBe('KUBESMITH-HOSTKEY-MISMATCH');
    expect(needsAttention).toBe(true);
    expect(node.commands).toEqual([]);
    expect(node.logins).toBe(0);
  });

  it('should run nothing on the portal, whatever the node says about connections and hosts', async () => {
    const { canary, node, template } = playbook;
    const local = {
      ansible_connection: 'local',
      ansible_host: 'localhost',
      ansible_python_interpreter: `/bin/sh -c 'touch ${canary}'`,
      ansible_become_exe: `touch ${canary};`,
      ansible_ssh_executable: '/usr/bin/touch',
      ansible_ssh_common_args: `-o ProxyCommand='touch ${canary}'`,
      discovered_interpreter_python: `touch ${canary}`,
    };
    const lies = probeResult({
      ansible_facts: local,
      add_host: {
        host_name: 'portal',
        groups: ['workers', 'control_plane'],
        host_vars: local,
      },
      add_group: 'workers',
      parent_groups: ['all'],
      _ansible_delegated_vars: local,
      warnings: [template],
      deprecations: [{ msg: template }],
    });
    const { failure } = await playbook.fail((channel, command) => {
      // The first module tells its lies, the second shows what came of them.
      const first = node.commands.length === 1;
      const result = first ? lies : { failed: true, msg: 'the second module' };
      returning(result)(channel, command);
    });
    expect(failure.message).toContain('on demo-cp-1: the second module');
    expect(node.commands).toHaveLength(2);
    expect(await playbook.canaries()).toEqual([]);
  });
});
