import { createHash } from 'node:crypto';
import type { BackupRecord } from '../../backups/records';
import { StepError } from '../../engine/failures';
import { runPlaybook } from '../runPlaybook';
import type { Context } from '../services';
import { bringBackup, endGrantsAgain, restoreBackup } from './restoreBackup';

jest.mock('../runPlaybook', () => ({ runPlaybook: jest.fn() }));
const playbook = runPlaybook as jest.MockedFunction<typeof runPlaybook>;

const pieces = ['first-', 'second-', 'last'];
const backup = {
  id: 'b1',
  clusterId: 'c1',
  takenAt: 100,
  completedAt: 160,
  bytes: pieces.join('').length,
  sha256: createHash('sha256').update(pieces.join('')).digest('hex'),
} as BackupRecord;

function scene(known: Partial<BackupRecord> = {}) {
  const ended: number[] = [];
  const sent: [string, string][] = [];
  const context = {
    operation: { id: 'o1', input: { backup: backup.id } },
    cluster: { id: 'c1' },
    signal: new AbortController().signal,
    journal: (write: (tx: unknown) => unknown) => write('tx'),
    progress: () => {},
    event: () => {},
    services: {
      backups: {
        get: async () => ({ ...backup, ...known }),
        piece: async (_: unknown, at: number) =>
          pieces[at] === undefined ? undefined : Buffer.from(pieces[at]),
      },
      clusters: {
        liveNodes: async () => [
          { name: 'demo-cp-1', role: 'control-plane', sshHostKey: 'key' },
        ],
      },
      grants: {
        endAgain: async (_: string, moment: number) => {
          ended.push(moment);
          return 1;
        },
      },
      redactor: { add: () => {} },
      secrets: { get: async () => Buffer.from('key') },
      ssh: {
        exec: async (_: unknown, command: string, { stdin = '' }) => {
          sent.push([command, Buffer.from(stdin, 'base64').toString()]);
          return { code: 0, stdout: '', stderr: '' };
        },
      },
    },
  } as unknown as Context;
  return { context, ended, sent };
}

describe('restoring a backup', () => {
  beforeEach(() => {
    playbook.mockReset();
    playbook.mockResolvedValue({ changedTasks: 2, reports: new Map() });
  });

  it('brings the copy piece by piece, and begins anew when it is repeated', async () => {
    const { context, sent } = scene();
    await bringBackup(context);
    await bringBackup(context);
    const program = 'sudo -n /usr/local/lib/kubesmith/etcd-store write o1';
    const once = [
      [`${program} 0`, 'first-'],
      [`${program} 6`, 'second-'],
      [`${program} 13`, 'last'],
    ];
    expect(sent).toEqual([...once, ...once]);
    expect(playbook).toHaveBeenCalledWith(context, 'backup', {
      take_backup: false,
    });
  });

  it('touches no node when what is kept is not what was copied', async () => {
    const { context, sent } = scene({ sha256: '0'.repeat(64) });
    await expect(bringBackup(context)).rejects.toMatchObject({
      failure: { code: 'KUBESMITH-BACKUP-UNREADABLE' },
    });
    expect(sent).toEqual([]);
    expect(playbook).not.toHaveBeenCalled();
  });

  it.each<Partial<BackupRecord>>([
    { clusterId: 'another' },
    { completedAt: undefined },
  ])('refuses a backup with %j', async known => {
    const { context } = scene(known);
    for (const step of [bringBackup, restoreBackup, endGrantsAgain])
      await expect(step(context)).rejects.toMatchObject({
        failure: { code: 'KUBESMITH-BACKUP-GONE' },
      });
    expect(playbook).not.toHaveBeenCalled();
  });

  it('ends revoked kubeconfigs once more, also when the restore failed on its way', async () => {
    const { context, ended } = scene();
    await restoreBackup(context);
    expect(ended).toEqual([]);
    expect(await endGrantsAgain(context)).toEqual({ grantsToEnd: 2 });
    expect(ended).toEqual([100, 160]);

    const failing = scene();
    const failure = new StepError('KUBESMITH-PLAYBOOK-FAILED');
    playbook.mockRejectedValueOnce(failure);
    await expect(restoreBackup(failing.context)).rejects.toBe(failure);
    expect(failing.ended).toEqual([100, 160]);
  });
});
