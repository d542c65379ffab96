import {
  access,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { EnvironmentConfig } from '../../config/types';
import type { ClusterRecord, NodeRecord } from '../../database/records';
import { StopError } from '../../engine/stop';
import { isAlive } from '../process/identity';
import type { RunExit } from '../process/SupervisedRun';
import { keyPair } from '../ssh/__testUtils__/keyPair';
import { playLocally } from './__testUtils__/playLocally';
import { AnsibleWorkspace } from './AnsibleWorkspace';
import { diagnosePlaybook } from './diagnose';
import { type AnsibleEvent, parseAnsibleLine } from './events';
import { clusterInventory } from './inventory';
import { RunScratch } from './RunScratch';

jest.setTimeout(60_000);

const cluster = {
  id: 'c1',
  name: 'demo',
  vip: '10.40.19.201',
  everReady: false,
  spec: { kubernetesVersion: '1.36.3', cni: 'kube-router' },
} as ClusterRecord;
const environment = {
  pool: { prefixLength: 24 },
  nodeOverrides: { kubelet: { failSwapOn: false } },
} as unknown as EnvironmentConfig;
const node = (name: string, role: NodeRecord['role']) =>
  ({ name, role, ipAddress: '127.0.0.1' } as NodeRecord);

async function waitFor(probe: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await probe()); tries++) {
    if (tries > 500) throw new Error('Waited in vain');
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}
const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

/** What the `fail` and `assert` tasks of a tasks file say, blocks included. */
function refusals(tasks: unknown): string[] {
  if (Array.isArray(tasks)) return tasks.flatMap(refusals);
  if (typeof tasks !== 'object' || tasks === null) return [];
  return Object.entries(tasks).flatMap(([key, value]) =>
    /^(ansible\.builtin\.)?(assert|fail)$/.test(key)
      ? [String(value.fail_msg ?? value.msg)]
      : refusals(value),
  );
}

describe('clusterInventory', () => {
  const inventory = (name: string) =>
    clusterInventory({
      cluster: { ...cluster, name },
      nodes: [node('demo-cp-1', 'control-plane'), node('demo-w-1', 'worker')],
      environment,
      operationId: 'o1',
      kubectlPublicKey: 'ssh-ed25519 AAAA',
    });

  it('should mark every text as data', () => {
    const texts: unknown[] = [];
    const visit = (value: unknown, marked: boolean): void => {
      if (typeof value === 'string' && !marked) texts.push(value);
      if (typeof value !== 'object' || value === null) return;
      for (const [key, entry] of Object.entries(value))
        visit(entry, key === '__ansible_unsafe');
    };
    visit(inventory('demo'), false);
    expect(texts).toEqual([]);
    expect(inventory('demo')).toMatchObject({
      all: {
        vars: {
          kubesmith: {
            vip_prefix: 24,
            ever_ready: false,
            node_overrides: { kubelet: { failSwapOn: false } },
          },
        },
        children: {
          control_plane: {
            hosts: {
              'demo-cp-1': {
                kubesmith_node: { role: { __ansible_unsafe: 'control-plane' } },
              },
            },
          },
          workers: { hosts: { 'demo-w-1': {} } },
        },
      },
    });
  });

  it('should keep the installed Ansible from evaluating a name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kubesmith-ansible-'));
    try {
      const canary = join(folder, 'canary');
      const evil = `{{ lookup('ansible.builtin.pipe', 'touch ${canary}') }}`;
      const result = await playLocally({
        folder,
        inventory: inventory(evil),
        tasks: [
          {
            'ansible.builtin.debug': {
              msg: 'name {{ kubesmith.cluster_name }}',
            },
          },
        ],
      });
      expect(result.stdout).toContain("name {{ lookup('ansible.builtin.pipe'");
      expect(result.code).toBe(0);
      expect(await exists(canary)).toBe(false);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('parseAnsibleLine', () => {
  it('should read what the callback writes', () => {
    expect(
      parseAnsibleLine(
        '{"v":1,"event":"task","task":"Run kubeadm init","index":7,"total":20}',
      ),
    ).toEqual({
      type: 'task',
      task: 'Run kubeadm init',
      index: 7,
      total: 20,
    });
    expect(
      parseAnsibleLine(
        '{"v":1,"event":"host","task":"t","host":"demo-cp-1","status":"failed","ms":12,"message":"no"}',
      ),
    ).toEqual({
      type: 'host',
      task: 't',
      host: 'demo-cp-1',
      status: 'failed',
      ms: 12,
      message: 'no',
    });
  });

  it.each([
    '',
    'x',
    'null',
    '7',
    '{"v":2,"event":"task"}',
    '{"v":1,"event":"host","status":"odd"}',
    '{"v":1}',
  ])('should have no use for %p', line =>
    expect(parseAnsibleLine(line)).toBeUndefined(),
  );
});

describe('diagnosePlaybook', () => {
  const exit: RunExit = {
    code: 2,
    signal: null,
    error: null,
    interrupted: null,
    killed: false,
    lost: false,
  };
  const problem = (status: 'failed' | 'unreachable', message?: string) =>
    ({
      type: 'host',
      task: 'Run kubeadm join',
      host: 'demo-w-1',
      status,
      ms: 1,
      message,
    } as Extract<AnsibleEvent, { type: 'host' }>);

  it.each([
    [
      'unreachable',
      'Failed to connect: Connection refused',
      'KUBESMITH-NODE-UNREACHABLE',
      'transient',
    ],
    [
      'unreachable',
      'Host key verification failed.',
      'KUBESMITH-HOSTKEY-MISMATCH',
      'permanent',
    ],
    [
      'failed',
      'Could not get lock /var/lib/dpkg/lock-frontend',
      'KUBESMITH-PLAYBOOK-TRANSIENT',
      'transient',
    ],
    [
      'failed',
      'refused: the control plane does not answer, but the cluster was ready once: it is not reset automatically',
      'KUBESMITH-NODE-REFUSED',
      'permanent',
    ],
    ['failed', 'kubeadm join: exit 1', 'KUBESMITH-PLAYBOOK-FAILED', 'unknown'],
  ] as const)('should class %s: %s', (status, message, code, failureClass) => {
    expect(
      diagnosePlaybook(exit, [problem(status, message)], [])?.failure,
    ).toMatchObject({ code, class: failureClass });
  });

  it('should know every refusal of the roles', async () => {
    const roles = join(__dirname, '../../../../../ansible/roles');
    const messages: string[] = [];
    for (const path of await readdir(roles, { recursive: true })) {
      if (!/\/(tasks|handlers)\/.*\.yml$/.test(path)) continue;
      messages.push(...refusals(parse(await readFile(join(roles, path), 'utf8'))));
    }
    expect(messages.length).toBeGreaterThanOrEqual(3);
    for (const message of messages) {
      const { failure } = diagnosePlaybook(exit, [problem('failed', message)], [])!;
      expect(failure.code).toBe('KUBESMITH-NODE-REFUSED');
      expect(failure.message).not.toContain('refused: ');
    }
  });

  it('should not take a tool’s words for a refusal of the roles', () => {
    const said = problem('failed', 'kubeadm: connection refused: x');
    expect(diagnosePlaybook(exit, [said], [])?.failure.code).not.toBe(
      'KUBESMITH-NODE-REFUSED',
    );
  });

  it('should let a changed host key outweigh other problems, and take nobody else’s word for it', () => {
    const problems = [
      problem('unreachable', 'Host key verification failed'),
      problem('failed', 'kubeadm join: exit 1'),
    ];
    expect(diagnosePlaybook(exit, problems, [])).toMatchObject({
      failure: { code: 'KUBESMITH-HOSTKEY-MISMATCH' },
      needsAttention: true,
    });
    const said = problem('failed', 'Host key verification failed');
    expect(diagnosePlaybook(exit, [said], [])?.failure.code).toBe(
      'KUBESMITH-PLAYBOOK-FAILED',
    );
  });

  it('should look at the last problem, and do without one', () => {
    const problems = [
      problem('failed', 'ignored by the playbook'),
      problem('unreachable', 'Connection refused'),
    ];
    expect(diagnosePlaybook(exit, problems, [])?.failure.code).toBe(
      'KUBESMITH-NODE-UNREACHABLE',
    );
    expect(
      diagnosePlaybook(exit, [], ['ERROR! the playbook could not be found'])
        ?.failure.message,
    ).toContain('could not be found');
    expect(
      diagnosePlaybook({ ...exit, code: 0 }, problems, []),
    ).toBeUndefined();
    expect(
      diagnosePlaybook({ ...exit, lost: true, code: null }, [], [])?.failure
        .code,
    ).toBe('KUBESMITH-TOOL-KILLED');
  });
});

describe('AnsibleWorkspace', () => {
  let folder: string;
  const program = () => join(folder, 'simulated-playbook');
  /** A script stands for ansible-playbook; it is started as the real one is. */
  const workspace = () =>
    new AnsibleWorkspace({
      directory: join(folder, 'cluster'),
      program: program(),
      root: folder,
    });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubesmith-ansible-'));
  });
  afterEach(async () => {
    await workspace().stop();
    await rm(folder, { recursive: true });
  });

  const simulated = async (body: string) => {
    await writeFile(program(), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    return workspace();
  };
  const playbook = {
    inventory: {},
    privateKey: keyPair().private,
    knownHosts: '10.40.19.201 ssh-ed25519 AAAA\n',
    user: 'kubesmith',
    forks: 5,
  };
  const runs = () => join(folder, 'cluster', 'ansible-runs');
  const event = (fields: string) =>
    `echo '{"v":1,${fields}}' >> "$KUBESMITH_ANSIBLE_EVENTS"`;

  it('should give the key to an agent that ends with the run, and pin the host keys', async () => {
    const ansible = await simulated(
      [
        'ssh-add -l > agent.txt',
        'printf %s "$ANSIBLE_SSH_COMMON_ARGS" > arguments.txt',
        'for arg in $ANSIBLE_SSH_COMMON_ARGS; do case $arg in UserKnownHostsFile=*) cp "${arg#*=}" known.txt;; esac; done',
        'dirname "$SSH_AUTH_SOCK" > scratch.txt',
        event('"event":"task","task":"One","index":1,"total":2'),
      ].join('\n'),
    );
    const events: AnsibleEvent[] = [];
    await ansible.run(playbook, {
      signal: new AbortController().signal,
      onEvent: told => events.push(told),
    });

    const read = (name: string) => readFile(join(folder, name), 'utf8');
    expect(await read('agent.txt')).toContain('ED25519');
    expect(await read('arguments.txt')).toContain('StrictHostKeyChecking=yes');
    expect(await read('known.txt')).toBe(playbook.knownHosts);
    expect(events).toEqual([{ type: 'task', task: 'One', index: 1, total: 2 }]);
    expect(await exists((await read('scratch.txt')).trim())).toBe(false);
    // The key was never in a file.
    for (const name of await readdir(runs(), { recursive: true })) {
      const text = await readFile(join(runs(), name), 'utf8').catch(() => '');
      expect(text).not.toContain('PRIVATE KEY');
    }
  });

  it('should fail with what the playbook said', async () => {
    const ansible = await simulated(
      `${event(
        '"event":"host","task":"Run kubeadm init","host":"demo-cp-1","status":"failed","ms":1,"message":"no memory"',
      )}\nexit 2`,
    );
    await expect(
      ansible.run(playbook, { signal: new AbortController().signal }),
    ).rejects.toMatchObject({
      failure: {
        code: 'KUBESMITH-PLAYBOOK-FAILED',
        message:
          'Installing failed at "Run kubeadm init" on demo-cp-1: no memory',
      },
    });
  });

  it('should leave the run and its agent alone at a shutdown, follow it later, and clear up', async () => {
    const ansible = await simulated(
      [
        event('"event":"task","task":"One","index":1,"total":2'),
        'dirname "$SSH_AUTH_SOCK" > scratch.txt',
        'while [ ! -e go ]; do sleep 0.05; done',
        'ssh-add -l > agent.txt',
        event('"event":"task","task":"Two","index":2,"total":2'),
      ].join('\n'),
    );
    const controller = new AbortController();
    let followed = 0;
    const first = ansible.run(playbook, {
      signal: controller.signal,
      onEvent: () => {
        followed += 1;
      },
    });
    await waitFor(
      async () => followed === 1 && exists(join(folder, 'scratch.txt')),
    );
    // The position is written right after the events were delivered.
    await new Promise(resolve => setTimeout(resolve, 100));
    controller.abort(new StopError('shutdown'));
    await expect(first).rejects.toThrow('shutdown');
    const scratch = (
      await readFile(join(folder, 'scratch.txt'), 'utf8')
    ).trim();
    const agent = JSON.parse(
      await readFile(join(scratch, 'agent.json'), 'utf8'),
    );
    expect(await isAlive(agent)).toBe(true);

    const seen: [string, boolean][] = [];
    const settled = ansible.settle({
      signal: new AbortController().signal,
      onEvent: (told, replayed) =>
        told.type === 'task' && seen.push([told.task, replayed]),
    });
    await waitFor(async () => seen.length === 1);
    await writeFile(join(folder, 'go'), '');
    expect(await settled).toMatchObject({ failure: undefined });
    expect(seen).toEqual([
      ['One', true],
      ['Two', false],
    ]);
    expect(await readFile(join(folder, 'agent.txt'), 'utf8')).toContain(
      'ED25519',
    );
    expect(await isAlive(agent)).toBe(false);
    expect(await exists(scratch)).toBe(false);
  });

  it.each(['{"directory":', '', '{"directory":7}'])(
    'should not be kept from further runs by a record that says %j',
    async record => {
      const ansible = await simulated('exit 0');
      await mkdir(runs(), { recursive: true });
      const damaged = join(runs(), '20260101T000000000Z-site-abc.scratch.json');
      await writeFile(damaged, record);
      const { signal } = new AbortController();
      expect(await ansible.settle({ signal })).toBeUndefined();
      expect(await exists(damaged)).toBe(false);
      await ansible.run(playbook, { signal });
    },
  );

  it('should clear up a run whose agent’s record is damaged', async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'ks-'));
    await writeFile(join(scratch, 'agent.json'), '{"pid":');
    const directory = join(folder, 'run');
    await writeFile(
      `${directory}.scratch.json`,
      JSON.stringify({ directory: scratch }),
    );
    await RunScratch.clear(directory);
    expect(await exists(scratch)).toBe(false);
    expect(await exists(`${directory}.scratch.json`)).toBe(false);
  });

  it('should say so when a record cannot be read, and keep what it may lead to', async () => {
    const directory = join(folder, 'run');
    await mkdir(`${directory}.scratch.json`);
    await expect(RunScratch.clear(directory)).rejects.toThrow('EISDIR');
  });

  it('should interrupt the group of a run that is cancelled, and end its agent', async () => {
    const ansible = await simulated(
      'trap \'echo interrupted > interrupted.txt; exit 1\' INT\ndirname "$SSH_AUTH_SOCK" > scratch.txt\nwhile :; do sleep 0.05; done',
    );
    const controller = new AbortController();
    const run = ansible.run(playbook, { signal: controller.signal });
    await waitFor(() => exists(join(folder, 'scratch.txt')));
    controller.abort(new StopError('cancelled'));
    await expect(run).rejects.toThrow('cancelled');
    expect(await exists(join(folder, 'interrupted.txt'))).toBe(true);
    expect(
      await exists(
        (await readFile(join(folder, 'scratch.txt'), 'utf8')).trim(),
      ),
    ).toBe(false);
  });
});
