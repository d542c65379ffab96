import { createHash, randomBytes } from 'node:crypto';
import { createTestDatabases } from '../../__testUtils__/databases';
import { BackupStore } from '../../backups/BackupStore';
import { engineDatabase } from '../../engine/__testUtils__/engineDatabase';
import type { StepContext } from '../../engine/definitions';
import { SSH_KEY_SECRET } from '../../orders/clusterKeys';
import { Redactor } from '../../secrets/Redactor';
import { SecretStore } from '../../secrets/SecretStore';
import type { StepServices } from '../services';
import { PIECE_BYTES, fetchBackup } from './fetchBackup';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const PIECE = PIECE_BYTES;
const copy = randomBytes(2 * PIECE + 1);
const sha256 = createHash('sha256').update(copy).digest('hex');

/** The program on the control plane, imitated: gives pieces of a copy. */
class SimulatedNode {
  content = copy;
  readonly commands: string[] = [];

  exec = async (_target: unknown, command: string) => {
    this.commands.push(command);
    const read = / read [-0-9a-f]+ (\d+)$/.exec(command);
    const from = Number(read?.[1]);
    return {
      stdout: read
        ? this.content.subarray(from, from + PIECE).toString('base64')
        : '',
      stderr: '',
      code: 0,
    };
  };
}

describe.each(databases.eachSupportedId())('fetchBackup on %s', databaseId => {
  async function scene() {
    const db = await engineDatabase(await databases.init(databaseId));
    const { clusterId } = await db.order();
    const id = await db.request(clusterId, 'backup');
    const secrets = new SecretStore(db.knex, [
      { id: 'k1', secret: Buffer.alloc(32, 7) },
    ]);
    await secrets.put(clusterId, SSH_KEY_SECRET, 'a key');
    await db.clusters.updateNode(clusterId, 'demo-cp-1', {
      sshHostKey: 'ssh-ed25519 AAAA',
    });
    const backups = new BackupStore(db.knex, secrets);
    const node = new SimulatedNode();
    const operation = (await db.operations.get(id))!;
    const evidence = {
      sha256,
      bytes: copy.length,
      keys: 7,
      etcd: '3.6.8-0',
      takenAt: 5,
    };
    const context = async (journal: StepContext<StepServices>['journal']) => ({
      operation: {
        ...operation,
        steps: operation.steps.map(step =>
          step.name === 'copy' ? { ...step, evidence } : step,
        ),
      },
      cluster: (await db.clusters.get(clusterId))!,
      services: {
        backups,
        clusters: db.clusters,
        redactor: new Redactor(),
        secrets,
        ssh: node,
      } as unknown as StepServices,
      signal: new AbortController().signal,
      resumed: false,
      logger: undefined as never,
      progress: () => {},
      event: () => {},
      journal,
      enqueue: () => {},
    });
    const journal: StepContext<StepServices>['journal'] = write =>
      db.knex.transaction(write);
    return { backups, clusterId, context, evidence, id, journal, node };
  }

  it('keeps the whole copy, says so, and removes it from the node', async () => {
    const { backups, clusterId, context, id, journal, node } = await scene();
    await fetchBackup(await context(journal));
    const [kept] = await backups.list(clusterId);
    expect(kept).toMatchObject({
      id,
      bytes: copy.length,
      keys: 7,
      controlPlanes: ['demo-cp-1'],
      kubernetesVersion: '1.36.3',
    });
    expect(node.commands.at(-1)).toBe(
      `sudo -n /usr/local/lib/kubesmith/etcd-store remove ${id}`,
    );
  });

  it('goes on after a death before or after any of its writes, and fetches nothing twice', async () => {
    // begin, three pieces, complete
    for (let write = 0; write < 5; write++) {
      for (const after of [false, true]) {
        const { backups, clusterId, context, journal, node } = await scene();
        let count = 0;
        const dying: typeof journal = async work => {
          const fatal = count++ === write;
          if (fatal && !after) throw new Error('killed');
          const result = await journal(work);
          if (fatal) throw new Error('killed');
          return result;
        };
        await expect(fetchBackup(await context(dying))).rejects.toThrow(
          'killed',
        );
        await fetchBackup(await context(journal));
        const [kept] = await backups.list(clusterId);
        const digest = createHash('sha256');
        for (let at = 0; at < 3; at++)
          digest.update((await backups.piece(kept, at))!);
        expect(digest.digest('hex')).toBe(sha256);
        // A piece is asked for again only when its write was lost.
        const reads = node.commands.filter(text => text.includes(' read '));
        const lost = !after && write > 0 && write < 4;
        expect(reads).toHaveLength(lost ? 4 : 3);
      }
    }
  });

  it('refuses what is shorter, longer or another than the node said', async () => {
    const other = Buffer.from(copy);
    other[0] ^= 1;
    for (const content of [
      copy.subarray(0, PIECE),
      Buffer.concat([copy, copy]),
      other,
    ]) {
      const { backups, clusterId, context, journal, node } = await scene();
      node.content = content;
      await expect(fetchBackup(await context(journal))).rejects.toMatchObject({
        failure: { code: 'KUBESMITH-BACKUP-UNREADABLE' },
      });
      expect(await backups.list(clusterId)).toEqual([]);
    }
  });
});
