/**
 * The lab's parts together: a machine from the API double by the real provider, on a real host, and the project's playbook on
 * it. Everything but the hypervisor is what a department has.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  cp,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { down } from './instance/down.ts';
import { cacheFolder, Instance, network } from './instance/Instance.ts';
import { inNamespace } from './instance/namespace.ts';
import { Progress } from './instance/Progress.ts';
import type { InstanceRecord } from './instance/record.ts';
import { findProgram } from './instance/requirements.ts';
import { status } from './instance/status.ts';
import { up } from './instance/up.ts';
import { waitFor } from './system/wait.ts';
import { leftovers } from './testing/leftovers.ts';
import { SshKey, sshWhenUp } from './testing/ssh.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const NODE = 'demo-cp-1';
const VMID = 20000;
const ADDRESS = '10.40.19.201';
const VIP = '10.40.19.202';

let cache: string;
let instance: Instance;
let record: InstanceRecord;
let token: string;
let nodeKey: SshKey;
let kubectlKey: SshKey;

interface Ended {
  code: number | null;
  output: string;
}

/** Runs a command in the lab's network to its end, as the portal will. */
async function inside(
  command: string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Ended> {
  const [program, ...args] = inNamespace(instance, command);
  const child = spawn(program!, args, {
    cwd: options.cwd ?? cache,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 300_000,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', chunk => (output += chunk));
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => resolve({ code, output }));
  });
}

async function terraform(...args: string[]): Promise<Ended> {
  const binary = findProgram('terraform') ?? findProgram('tofu');
  assert.ok(binary, 'terraform or tofu is on PATH');
  return await inside([binary, ...args, '-no-color', '-input=false'], {
    cwd: join(cache, 'terraform'),
    env: {
      CHECKPOINT_DISABLE: '1',
      TF_IN_AUTOMATION: '1',
      TF_CLI_CONFIG_FILE: join(cacheFolder(), 'terraformrc'),
      SSL_CERT_FILE: record.proxmox.caFile,
      PROXMOX_VE_ENDPOINT: record.proxmox.endpoint,
      PROXMOX_VE_API_TOKEN: `${record.proxmox.tokenId}=${token}`,
    },
  });
}

async function proxmox(path: string): Promise<any> {
  const { code, output } = await inside([
    ...[
      'curl',
      '--silent',
      '--show-error',
      '--fail',
      '--max-time',
      '10',
      '--cacert',
      record.proxmox.caFile,
    ],
    ...['-H', `Authorization: PVEAPIToken=${record.proxmox.tokenId}=${token}`],
    `${record.proxmox.endpoint}api2/json${path}`,
  ]);
  return code === 0 ? JSON.parse(output).data : undefined;
}

/** Every string so marked that Ansible never templates it. */
function unsafe(value: unknown): unknown {
  if (typeof value === 'string') return { __ansible_unsafe: value };
  if (Array.isArray(value)) return value.map(unsafe);
  if (value && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, unsafe(inner)]),
    );
  }
  return value;
}

async function playbook(): Promise<Ended & { changed: string[] }> {
  const events = join(cache, 'events.ndjson');
  await rm(events, { force: true });
  const ended = await inside(
    [
      ...[
        'ansible-playbook',
        '-i',
        join(cache, 'inventory.json'),
        '--private-key',
        nodeKey.file,
      ],
      join(repository, 'ansible', 'site.yml'),
    ],
    {
      cwd: join(repository, 'ansible'),
      env: {
        ANSIBLE_CONFIG: join(repository, 'ansible', 'ansible.cfg'),
        ANSIBLE_NOCOLOR: '1',
        ANSIBLE_LOCAL_TEMP: join(cache, 'ansible'),
        ANSIBLE_SSH_CONTROL_PATH_DIR: join(cache, 'ssh'),
        ANSIBLE_SSH_COMMON_ARGS: `-o UserKnownHostsFile=${join(
          cache,
          'known_hosts',
        )} -o StrictHostKeyChecking=yes`,
        KUBESMITH_ANSIBLE_EVENTS: events,
      },
    },
  );
  const lines = (await readFile(events, 'utf8')).trim().split('\n');
  const changed = lines
    .map(line => JSON.parse(line))
    .filter(({ event, status: how }) => event === 'host' && how === 'changed');
  return { ...ended, changed: changed.map(({ task }) => task) };
}

before(async () => {
  cache = await mkdtemp(join(tmpdir(), 'kubesmith-landing-'));
  await mkdir(join(cache, 'images'));
  await symlink(
    join(cacheFolder(), 'images', 'rootfs'),
    join(cache, 'images', 'rootfs'),
  );
  instance = new Instance(`test-land-${process.pid}`, cache);
  record = await up(instance, Progress.silent);
  token = await readFile(record.proxmox.tokenSecretFile, 'utf8');
  nodeKey = await SshKey.generate();
  kubectlKey = await SshKey.generate();
});

after(async () => {
  await down(instance, Progress.silent);
  assert.deepEqual(await leftovers(instance), []);
  for (const key of [nodeKey, kubectlKey]) await key.remove();
  await rm(cache, { recursive: true });
});

describe('a node from the lab', { concurrency: false }, () => {
  it('is made by the real provider from the project’s root module', async () => {
    await cp(
      join(repository, 'terraform', 'cluster'),
      join(cache, 'terraform'),
      { recursive: true },
    );
    const example = JSON.parse(
      await readFile(
        join(repository, 'terraform/cluster/examples/cluster.tfvars.json'),
        'utf8',
      ),
    );
    const node = { ...example.nodes[NODE], vm_id: VMID, ipv4_address: ADDRESS };
    const variables = {
      ...example,
      ssh_public_keys: [nodeKey.publicKey],
      nodes: { [NODE]: node },
    };
    await writeFile(
      join(cache, 'terraform', 'cluster.auto.tfvars.json'),
      JSON.stringify(variables),
    );
    const init = await terraform('init');
    assert.equal(init.code, 0, init.output);
    const apply = await terraform('apply', '-auto-approve');
    assert.equal(apply.code, 0, apply.output);
    const [host] = (await status(instance)).hosts;
    assert.deepEqual(
      {
        vmid: host?.vmid,
        name: host?.name,
        running: host?.running,
        address: host?.address,
      },
      {
        vmid: VMID,
        name: NODE,
        running: true,
        address: `${ADDRESS}/${network.prefix}`,
      },
    );
    assert.equal(
      (await terraform('plan', '-detailed-exitcode')).code,
      0,
      'a second plan is empty',
    );
    assert.equal(
      await sshWhenUp(
        instance,
        ADDRESS,
        nodeKey,
        'sudo cat /sys/class/dmi/id/product_uuid',
      ),
      node.smbios_uuid,
    );
  });

  it('tells its SSH host key through the guest agent', async () => {
    const file = encodeURIComponent('/etc/ssh/ssh_host_ed25519_key.pub');
    const answer = await waitFor(
      () => proxmox(`/nodes/pve1/qemu/${VMID}/agent/file-read?file=${file}`),
      {
        timeoutMs: 30_000,
        intervalMs: 200,
      },
    );
    const [type, key] = String(answer?.content).split(' ');
    assert.equal(type, 'ssh-ed25519');
    await writeFile(join(cache, 'known_hosts'), `${ADDRESS} ${type} ${key}\n`);
  });

  it('becomes a cluster by the project’s playbook, and stays as it is by a second run', async () => {
    const overrides = await readFile(
      join(repository, 'packages/lab/node-overrides.json'),
      'utf8',
    );
    const inventory = {
      all: {
        vars: {
          ansible_user: unsafe('kubesmith'),
          kubesmith: unsafe({
            cluster_id: '0199f3a2-7c1e-7d5a-9b52-6f0c5d1e8a41',
            cluster_name: 'demo',
            operation_id: '0199f3a2-7c20-7a11-8f3e-2b9d4c6a7e10',
            kubernetes_version: '1.36.3',
            control_plane_endpoint: VIP,
            vip: VIP,
            vip_prefix: network.prefix,
            pod_cidr: '10.244.0.0/16',
            service_cidr: '10.96.0.0/16',
            cni: 'kube-router',
            kubectl_public_key: kubectlKey.publicKey,
            ever_ready: false,
            node_overrides: JSON.parse(overrides),
          }),
        },
        children: {
          control_plane: {
            hosts: {
              [NODE]: {
                ansible_host: unsafe(ADDRESS),
                kubesmith_node: unsafe({
                  name: NODE,
                  role: 'control-plane',
                  address: ADDRESS,
                }),
              },
            },
          },
          workers: { hosts: {} },
        },
      },
    };
    await writeFile(join(cache, 'inventory.json'), JSON.stringify(inventory));
    await mkdir(join(cache, 'ssh'));
    const first = await playbook();
    assert.equal(first.code, 0, first.output);
    assert.ok(first.changed.length > 0);
    const kubectl = 'sudo kubectl --kubeconfig /etc/kubernetes/admin.conf';
    const [node] = JSON.parse(
      await sshWhenUp(
        instance,
        ADDRESS,
        nodeKey,
        `${kubectl} get nodes -o json`,
      ),
    ).items;
    assert.equal(node.metadata.name, NODE);
    assert.equal(node.status.nodeInfo.kubeletVersion, 'v1.36.3');
    const ready = node.status.conditions.find(
      ({ type }: { type: string }) => type === 'Ready',
    );
    assert.equal(ready.status, 'True');
    const second = await playbook();
    assert.equal(second.code, 0, second.output);
    assert.deepEqual(second.changed, []);
  });

  it('goes without a trace when the provider destroys it', async () => {
    const destroy = await terraform('destroy', '-auto-approve');
    assert.equal(destroy.code, 0, destroy.output);
    assert.deepEqual((await status(instance)).hosts, []);
    assert.deepEqual(
      (await leftovers(instance)).filter(trace => trace.includes(String(VMID))),
      [],
    );
  });
});
