/* eslint jest/no-standalone-expect: ["error", { "additionalTestBlockFunctions": ["afterEach"] }] */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canaryFiles, hostileTexts } from '@kubesmith/hostile-texts';
import { parse } from 'yaml';
import type { EnvironmentConfig } from './config/types';
import type { ClusterRecord, NodeRecord } from './database/records';
import { buildKubeconfig } from './grants/kubeconfig';
import { grantManifests, grantRemoval } from './grants/manifests';
import { playLocally } from './tools/ansible/__testUtils__/playLocally';
import { clusterInventory } from './tools/ansible/inventory';
import { formatMarker, parseMarker } from './tools/proxmox/marker';
import { knownHosts } from './tools/ssh/hostKey';
import { createKubectlRunner } from './tools/ssh/kubectl';
import type { SshPool } from './tools/ssh/SshPool';
import { nodeAddress } from './tools/terraform/events';
import type { TerraformRuntime } from './tools/terraform/TerraformRuntime';
import { TerraformWorkspace } from './tools/terraform/TerraformWorkspace';
import { clusterVariables } from './tools/terraform/variables';

jest.setTimeout(60_000);

const HOST_KEY = `ssh-ed25519 ${Buffer.concat([
  Buffer.from([0, 0, 0, 11]),
  Buffer.from('ssh-ed25519'),
  Buffer.from([0, 0, 0, 32]),
  Buffer.alloc(32, 7),
]).toString('base64')}`;

/** Records in which every text is the hostile one: what validation would never let through. */
function records(text: string) {
  const cluster = {
    id: text,
    name: text,
    environment: text,
    owner: text,
    createdBy: text,
    vip: text,
    everReady: false,
    spec: {
      size: text,
      controlPlanes: 1,
      workers: 1,
      kubernetesVersion: text,
      cni: text,
      reason: text,
    },
  } as ClusterRecord;
  const environment = {
    name: text,
    pool: { gateway: text, prefixLength: 24, dnsServers: [text, text] },
    proxmox: {
      pool: text,
      templateVmid: 9000,
      templateHost: text,
      datastore: text,
      bridge: text,
    },
    nodeOverrides: { kubelet: { [text]: text, list: [text, { x: text }] } },
  } as unknown as EnvironmentConfig;
  const node = (name: string, role: NodeRecord['role']) =>
    ({
      name,
      role,
      vmid: 20_000,
      host: text,
      ipAddress: text,
      macAddress: text,
      smbiosUuid: text,
      vcpu: 2,
      memoryMiB: 4096,
      diskGiB: 20,
      sshHostKey: HOST_KEY,
      operationId: text,
    } as NodeRecord);
  return { cluster, environment, node };
}

const NODE_NAME = /^[a-z][a-z0-9-]{0,62}$/;

/** An object with one own key, also when that is `__proto__`. */
const own = (key: string, value: unknown) => Object.fromEntries([[key, value]]);

/** A value without the marks, and the texts that have none. */
function withoutMarks(value: unknown, bare: string[]): unknown {
  if (typeof value === 'string') {
    bare.push(value);
    return value;
  }
  if (Array.isArray(value))
    return value.map(entry => withoutMarks(entry, bare));
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.keys(value);
  const marked = (value as { __ansible_unsafe?: unknown }).__ansible_unsafe;
  if (keys.length === 1 && typeof marked === 'string') return marked;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key,
      withoutMarks(entry, bare),
    ]),
  );
}

describe('hostile texts past validation', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubesmith-hostile-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });
  afterEach(() => {
    expect(canaryFiles()).toEqual([]);
  });

  it('are over 200, all different', () => {
    expect(hostileTexts.length).toBeGreaterThanOrEqual(200);
    expect(new Set(hostileTexts).size).toBe(hostileTexts.length);
  });

  it('reach the file of variables as they are', async () => {
    const enough = new Error('The file is written; no program is needed');
    const workspace = new TerraformWorkspace({
      directory: join(folder, 'terraform'),
      runtime: {
        init: async () => {
          throw enough;
        },
      } as unknown as TerraformRuntime,
      credentials: { endpoint: '', tokenId: '', tokenSecret: '' },
    });
    for (const text of hostileTexts) {
      const { cluster, environment, node } = records(text);
      const variables = clusterVariables({
        cluster,
        environment,
        nodes: [node(text, 'control-plane')],
        operationId: text,
        sshPublicKey: text,
        adopt: own(text, text) as Record<string, string>,
      });
      await expect(
        workspace.apply({ variables, signal: new AbortController().signal }),
      ).rejects.toBe(enough);
      const file = await readFile(
        join(workspace.directory, 'cluster.tfvars.json'),
        'utf8',
      );
      const expected = {
        cluster_id: text,
        cluster_name: text,
        environment: text,
        operation_id: text,
        pool_id: text,
        template_vm_id: 9000,
        template_node: text,
        datastore: text,
        bridge: text,
        vlan_id: null,
        gateway: text,
        prefix_length: 24,
        dns_servers: [text, text],
        ssh_user: 'kubesmith',
        ssh_public_keys: [text],
        nodes: own(text, {
          role: 'control-plane',
          host: text,
          vm_id: 20_000,
          cores: 2,
          memory_mib: 4096,
          disk_gib: 20,
          ipv4_address: text,
          mac_address: text.toUpperCase(),
          smbios_uuid: text.toLowerCase(),
          operation_id: text,
        }),
        adopt: own(text, text),
      };
      expect(file).toBe(`${JSON.stringify(expected, undefined, 2)}\n`);
    }
  });

  it('do not become part of an address in the state', () => {
    for (const text of hostileTexts.filter(one => !NODE_NAME.test(one)))
      expect(() => nodeAddress(text)).toThrow('not the name of a node');
  });

  it('are marked as data in the inventory, and are what they were', () => {
    for (const text of hostileTexts) {
      const { cluster, environment, node } = records(text);
      const written = JSON.stringify(
        clusterInventory({
          cluster,
          environment,
          nodes: [
            node('demo-cp-1', 'control-plane'),
            node('demo-w-1', 'worker'),
          ],
          operationId: text,
          kubectlPublicKey: text,
        }),
      );
      const bare: string[] = [];
      const host = (name: string, role: string) => ({
        hosts: {
          [name]: {
            ansible_host: text,
            kubesmith_node: { name, role, address: text },
          },
        },
      });
      expect(withoutMarks(JSON.parse(written), bare)).toEqual({
        all: {
          vars: {
            kubesmith: {
              cluster_id: text,
              cluster_name: text,
              operation_id: text,
              kubernetes_version: text,
              control_plane_endpoint: text,
              vip: text,
              vip_prefix: 24,
              pod_cidr: '10.244.0.0/16',
              service_cidr: '10.96.0.0/16',
              cni: text,
              kubectl_public_key: text,
              ever_ready: false,
              node_overrides: {
                kubelet: Object.fromEntries([
                  [text, text],
                  ['list', [text, { x: text }]],
                ]),
              },
            },
          },
          children: {
            control_plane: host('demo-cp-1', 'control-plane'),
            workers: host('demo-w-1', 'worker'),
          },
        },
      });
      expect(bare).toEqual([]);
    }
  });

  it('do not become names of hosts, which Ansible would expand and cannot be marked', () => {
    for (const text of hostileTexts.filter(one => !NODE_NAME.test(one))) {
      const { cluster, environment, node } = records(text);
      expect(() =>
        clusterInventory({
          cluster,
          environment,
          nodes: [node(text, 'worker')],
          operationId: text,
          kubectlPublicKey: text,
        }),
      ).toThrow('not the name of a node');
    }
  });

  it('come out of the installed Ansible as they went in', async () => {
    // Ansible's own JSON cannot hold half a surrogate pair.
    const texts = hostileTexts.filter(
      text => Buffer.from(text).toString() === text,
    );
    const { cluster, environment, node } = records(texts[0]);
    const inventory = clusterInventory({
      cluster,
      environment: { ...environment, nodeOverrides: { texts } } as never,
      nodes: [
        { ...node('demo-cp-1', 'control-plane'), ipAddress: '127.0.0.1' },
      ],
      operationId: texts[1],
      kubectlPublicKey: texts[2],
    });
    const result = await playLocally({
      folder,
      inventory,
      tasks: [
        {
          // Coded, so that what is printed is one word whatever the texts are.
          'ansible.builtin.debug': {
            msg: '{{ kubesmith.node_overrides.texts | to_json | b64encode }}',
          },
        },
      ],
    });
    expect({ ...result, stdout: result.stdout.slice(-2000) }).toMatchObject({
      code: 0,
    });
    const [, coded] = /"msg": "([A-Za-z0-9+/=]+)"/.exec(result.stdout)!;
    expect(JSON.parse(Buffer.from(coded, 'base64').toString())).toEqual(texts);
  });

  it('make no second line in the list of pinned host keys', () => {
    for (const text of hostileTexts) {
      expect(() => knownHosts([{ address: text, hostKey: HOST_KEY }])).toThrow(
        'not an address',
      );
      expect(() =>
        knownHosts([{ address: '10.40.19.201', hostKey: text }]),
      ).toThrow('not a host key');
    }
    expect(knownHosts([{ address: '10.40.19.201', hostKey: HOST_KEY }])).toBe(
      `10.40.19.201 ${HOST_KEY}\n`,
    );
  });

  it('travel to kubectl as one line of JSON', async () => {
    const sent: { command: string; stdin?: string }[] = [];
    const runner = createKubectlRunner({
      pool: {
        exec: async (
          _target: unknown,
          command: string,
          { stdin }: { stdin?: string },
        ) => {
          sent.push({ command, stdin });
          return { code: 0, stdout: '', stderr: '' };
        },
      } as unknown as SshPool,
      source: {
        nodes: async () => [records('x').node('demo-cp-1', 'control-plane')],
        privateKey: async () => 'key',
      },
    });
    for (const text of hostileTexts) {
      const argv = ['get', text, '--namespace', text, `--selector=${text}`];
      await runner.run('c1', argv, { stdin: text, timeoutMs: 1000 });
      const { command, stdin } = sent.pop()!;
      expect(JSON.parse(command)).toStrictEqual(argv);
      expect(command).not.toMatch(/[\r\n\0]/);
      expect(stdin).toBe(text);
    }
  });

  it('are the same in a kubeconfig, to us and to a reader of YAML 1.1', () => {
    for (const text of hostileTexts) {
      const written = buildKubeconfig({
        environment: text,
        cluster: text,
        server: text,
        ca: text,
        user: text,
        token: text,
      });
      const name = `${text}.${text}`;
      const user = `${name}/${text}`;
      const expected = {
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [
          {
            name,
            cluster: {
              server: text,
              'certificate-authority-data':
                Buffer.from(text).toString('base64'),
            },
          },
        ],
        users: [{ name: user, user: { token: text } }],
        contexts: [{ name, context: { cluster: name, user } }],
        'current-context': name,
        preferences: {},
      };
      expect(parse(written)).toStrictEqual(expected);
      expect(parse(written, { version: '1.1' })).toStrictEqual(expected);
    }
  });

  it('are the same in the objects of a grant', () => {
    for (const text of hostileTexts) {
      const grant = {
        id: text,
        userRef: text,
        role: 'administrator' as const,
        serviceAccount: text,
        secretName: text,
      };
      for (const render of [grantManifests, grantRemoval]) {
        const made = render(grant) as { items: any[] };
        const read = JSON.parse(JSON.stringify(made));
        const mine = read.items.filter(
          ({ metadata }: any) => metadata.annotations,
        );
        expect(mine).toHaveLength(3);
        for (const { kind, metadata, roleRef } of mine) {
          expect(metadata.labels).toEqual({ 'kubesmith.io/grant': text });
          expect(metadata.annotations).toEqual({ 'kubesmith.io/user': text });
          expect(metadata.name).toBe(
            kind === 'ClusterRoleBinding' ? `${text}:cluster-admin` : text,
          );
          expect(roleRef?.name ?? 'cluster-admin').toBe('cluster-admin');
        }
      }
    }
  });

  it('give no role that there is not', () => {
    for (const text of hostileTexts) {
      const made = () =>
        grantManifests({
          id: '1',
          userRef: 'user:default/ada',
          role: text as never,
          serviceAccount: 'grant-1',
          secretName: 'grant-1',
        });
      expect(made).toThrow('not a role of a grant');
    }
  });

  it('never read as the marker of a machine', () => {
    const id = '6f0c1c57-7a30-4b16-8d1f-2d3e11a2e0aa';
    const marker = { clusterId: id, nodeName: 'demo-cp-1', operationId: id };
    expect(parseMarker(formatMarker(marker))).toEqual(marker);
    for (const text of hostileTexts) {
      expect(parseMarker(text)).toBeUndefined();
      expect(
        parseMarker(formatMarker({ ...marker, clusterId: text })),
      ).toBeUndefined();
    }
    // White space around a marker, which Proxmox itself may add, is not part of it.
    for (const text of hostileTexts.filter(one => one.trim() !== '')) {
      expect(parseMarker(`${formatMarker(marker)}${text}`)).not.toEqual(marker);
    }
  });
});
