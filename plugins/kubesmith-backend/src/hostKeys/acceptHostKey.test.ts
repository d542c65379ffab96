import { createTestDatabases } from '../__testUtils__/databases';
import { AuditStore } from '../audit/AuditStore';
import { engineDatabase } from '../engine/__testUtils__/engineDatabase';
import { formatMarker } from '../tools/proxmox/marker';
import type { ProxmoxClient } from '../tools/proxmox/ProxmoxClient';
import { keyPair } from '../tools/ssh/__testUtils__/keyPair';
import { parseHostKey } from '../tools/ssh/hostKey';
import { acceptHostKey, fingerprint, lookAtHostKey } from './acceptHostKey';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const POOL = 'kubesmith-research';
const newKey = () => parseHostKey(keyPair().public)!;
const signal = new AbortController().signal;

it('tells fingerprints as ssh-keygen does', () => {
  // ssh-keygen -lf of this very key
  expect(
    fingerprint(
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl',
    ),
  ).toBe('SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU');
});

describe.each(databases.eachSupportedId())('host keys (%s)', databaseId => {
  /** A ready cluster under alarm, and a Proxmox of its machines, simulated in memory. */
  async function scene() {
    const db = await engineDatabase(await databases.init(databaseId));
    const { clusterId } = await db.order();
    const keys = new Map<string, string>();
    for (const { name } of await db.clusters.nodes(clusterId)) {
      keys.set(name, newKey());
      await db.clusters.updateNode(clusterId, name, {
        state: 'running',
        sshHostKey: keys.get(name),
      });
    }
    await db
      .knex('clusters')
      .where({ id: clusterId })
      .update({ ever_ready: true });
    await db.clusters.update(clusterId, {
      phase: 'needs-attention',
      failure: {
        code: 'KUBESMITH-HOSTKEY-MISMATCH',
        class: 'permanent',
        message: 'Another key.',
        nextStep: 'Look.',
      },
    });
    const nodes = await db.clusters.nodes(clusterId);
    const changes: Record<string, unknown> = {};
    const proxmox = {
      vms: async () =>
        nodes.map(({ name, vmid }) => ({
          vmid,
          name,
          node: 'pve2',
          pool: POOL,
          template: false,
        })),
      vmConfig: async (_host: string, vmid: number) => {
        const node = nodes.find(candidate => candidate.vmid === vmid)!;
        return {
          name: node.name,
          smbios1: `uuid=${node.smbiosUuid}`,
          description: formatMarker({
            clusterId,
            nodeName: node.name,
            operationId: node.operationId,
          }),
          ...changes,
        };
      },
      agentReadFile: async (host: string, vmid: number, file: string) => {
        expect(host).toBe('pve2');
        expect(file).toBe('/etc/ssh/ssh_host_ed25519_key.pub');
        return `${keys.get(
          nodes.find(candidate => candidate.vmid === vmid)!.name,
        )} root@node\n`;
      },
    } as unknown as ProxmoxClient;
    const look = async (nodeName = 'demo-cp-1') =>
      lookAtHostKey(
        { clusters: db.clusters, proxmox },
        {
          cluster: (await db.clusters.get(clusterId))!,
          nodeName,
          environmentPool: POOL,
        },
        signal,
      );
    const pinned = async () =>
      (await db.clusters.nodes(clusterId)).map(node => node.sshHostKey);
    return { ...db, changes, clusterId, keys, look, pinned };
  }

  it('pins the key of the machine, ends the alarm and writes both down', async () => {
    const { clusterId, clusters, keys, knex, look, pinned } = await scene();
    const before = keys.get('demo-cp-1')!;
    expect(await look()).toMatchObject({ pinned: before, shown: before });

    const changed = newKey();
    keys.set('demo-cp-1', changed);
    const seen = await look();
    expect(seen).toMatchObject({ pinned: before, shown: changed });
    // Looking changes nothing.
    expect(await pinned()).toEqual([before, keys.get('demo-w-1')]);

    await acceptHostKey({ knex, clusters }, seen, 'command-line:root');
    expect(await pinned()).toEqual([changed, keys.get('demo-w-1')]);
    const cluster = await clusters.get(clusterId);
    expect([cluster?.phase, cluster?.failure]).toEqual(['ready', undefined]);
    const entries = await new AuditStore(knex).list({}, { limit: 10 });
    expect(entries).toEqual([
      expect.objectContaining({
        actor: 'command-line:root',
        action: 'node.accept-host-key',
        outcome: 'done',
        clusterId,
        environment: 'research',
        detail: {
          node: 'demo-cp-1',
          pinned: fingerprint(before),
          accepted: fingerprint(changed),
        },
      }),
    ]);

    // What was looked at is out of date by now.
    await expect(
      acceptHostKey({ knex, clusters }, seen, 'command-line:root'),
    ).rejects.toThrow('was changed meanwhile');
    expect(await new AuditStore(knex).count({})).toBe(1);
  });

  it('refuses a machine that is not proven ours, a shared key and an unknown node', async () => {
    const { changes, keys, look } = await scene();
    await expect(look('demo-w-9')).rejects.toThrow(
      "demo has no node 'demo-w-9'; it has demo-cp-1, demo-w-1",
    );
    keys.set('demo-w-1', keys.get('demo-cp-1')!);
    await expect(look('demo-w-1')).rejects.toThrow(
      'has the host key of demo-cp-1',
    );
    keys.set('demo-w-1', 'no key');
    await expect(look('demo-w-1')).rejects.toThrow('no ed25519 host key');
    changes.description = 'mine';
    await expect(look()).rejects.toThrow(
      'not proven to be demo-cp-1 (its description has no marker of ours)',
    );
  });
});
