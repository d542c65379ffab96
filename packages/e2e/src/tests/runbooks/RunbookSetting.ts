import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  appendFile,
  mkdir,
  open,
  readFile,
  rm,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { Progress } from '@kubesmith/lab/src/instance/Progress.ts';
import { up } from '@kubesmith/lab/src/instance/up.ts';
import { run } from '@kubesmith/lab/src/system/run.ts';
import { waitFor } from '@kubesmith/lab/src/system/wait.ts';
import { cacheFolder } from '@kubesmith/lab/src/instance/Instance.ts';
import type {
  Cluster,
  Operation,
  PortalClient,
} from '../../client/PortalClient.ts';
import { type Outcome, runInLab } from '../../inLab.ts';
import { inRepository } from '../../layout.ts';
import { ensureFrontend } from '../../portal/frontend.ts';
import { labControl } from '../labControl.ts';
import { ENVIRONMENT, Setting } from '../Setting.ts';

/** Patience for one thing to happen on a busy machine. */
export const LIMIT_MS = 10 * 60_000;
const RUNBOOKS = inRepository('docs', 'admin', 'runbooks.md');
/** Where all that the commands said is kept, to be compared with the guide by a person. */
const TRANSCRIPT = join(cacheFolder(), 'test-reports', 'runbooks.txt');
const FOLDERS = {
  data: 'KUBESMITH_DATA_DIRECTORY',
  database: 'KUBESMITH_DATABASE_DIRECTORY',
} as const;
/** Enough for the portal, little enough to be filled in a second. */
const FOLDER_SIZE = '256m';

/**
 * A portal in the lab whose data and database folders are small file systems of their own, and an administrator who has
 * nothing but docs/admin/runbooks.md: what is typed must be written there.
 */
export class RunbookSetting extends Setting {
  student!: PortalClient;

  constructor() {
    super('e2e-runbooks');
  }

  override async up(): Promise<void> {
    await this.down();
    await mkdir(join(TRANSCRIPT, '..'), { recursive: true });
    await writeFile(TRANSCRIPT, '');
    await up(this.instance, Progress.silent);
    for (const folder of [
      await this.folder('data'),
      await this.folder('database'),
    ]) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await run([
        'mount',
        '-t',
        'tmpfs',
        '-o',
        `size=${FOLDER_SIZE},mode=0700`,
        'tmpfs',
        folder,
      ]);
    }
    const { hash } = await ensureFrontend();
    await this.portal.start({ frontend: hash });
    this.student = await this.as('student-1');
  }

  /** A process that ends may hold the file systems for a moment longer: they go when it has gone. */
  override async down(): Promise<void> {
    await this.portal.stop();
    const mounts = (await readFile('/proc/self/mounts', 'utf8'))
      .split('\n')
      .map(line => line.split(' ')[1] ?? '')
      .filter(point => point.startsWith(`${this.instance.file('portal')}/`));
    for (const point of mounts) await run(['umount', '--lazy', '--', point]);
    await super.down();
  }

  /** Starts the portal again; people sign in anew. */
  async restart(between: () => Promise<void> = async () => {}): Promise<void> {
    await this.portal.stop();
    await between();
    await this.portal.start();
    this.forgetSessions();
    this.student = await this.as('student-1');
  }

  async folder(which: keyof typeof FOLDERS): Promise<string> {
    return (await this.portal.environment())[FOLDERS[which]]!;
  }

  /** Writes the portal's encryption keys into its environment, the first one first. */
  async configureKeys(keys: { id: string; secret: string }[]): Promise<void> {
    const file = this.instance.file('portal.env');
    const NAME = 'APP_CONFIG_kubesmith_encryption_keys=';
    const lines = (await readFile(file, 'utf8'))
      .split('\n')
      .filter(line => line && !line.startsWith(NAME));
    await writeFile(
      file,
      `${[...lines, `${NAME}${JSON.stringify(keys)}`].join('\n')}\n`,
      { mode: 0o600 },
    );
  }

  /** Fills a folder's file system until so many bytes are left. Returns what frees it again. */
  async fill(
    which: keyof typeof FOLDERS,
    left: number,
  ): Promise<() => Promise<void>> {
    const folder = await this.folder(which);
    const filler = join(folder, 'filler');
    const file = await open(filler, 'a');
    try {
      const { bavail, bsize } = await statfs(folder);
      const chunk = Buffer.alloc(4096);
      for (let room = bavail * bsize - left; room > 0; room -= chunk.length)
        await file.write(chunk);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      await file.close();
    }
    return () => rm(filler);
  }

  /**
   * Types a line of the guide in the clone's root, in the lab's network, with the portal's environment. What stands for the reader's
   * own values is replaced: `values`, the configuration, the folders.
   */
  async type(
    line: string,
    values: Record<string, string | number> = {},
  ): Promise<Outcome> {
    assert.ok(
      (await guide()).split('\n').some(text => text.trim() === line),
      `docs/admin/runbooks.md does not have the line: ${line}`,
    );
    const environment = await this.portal.environment();
    let command = line
      .replaceAll('app-config.production.yaml', 'app-config.lab.yaml')
      .replaceAll('/var/lib/kubesmith', await this.folder('data'))
      .replaceAll('/var/lib/portal-database', await this.folder('database'))
      .replaceAll('/var/backups/portal', this.instance.file('backup'));
    for (const [name, value] of Object.entries(values))
      command = command.replaceAll(name, String(value));
    const outcome = await runInLab(
      this.instance,
      ['bash', '-c', `cd "$0" && ${command}`, inRepository()],
      { env: environment, mayFail: true, timeoutMs: 5 * 60_000 },
    );
    await this.note(
      `$ ${command}\n${outcome.stdout}${outcome.stderr}[exit code ${outcome.code}]`,
    );
    return outcome;
  }

  /** Keeps something for the guide. */
  async note(text: string): Promise<void> {
    await appendFile(TRANSCRIPT, `${text}\n\n`);
  }

  /** Fails unless the guide quotes this. */
  async quoted(text: string): Promise<void> {
    assert.ok(
      (await guide()).includes(text),
      `docs/admin/runbooks.md does not quote: ${text}`,
    );
  }

  /** Waits for a line of the portal's log that holds a text. */
  async logLine(text: string): Promise<string> {
    const line = await waitFor(
      async () =>
        stripVTControlCharacters(await readFile(this.portal.log, 'utf8'))
          .split('\n')
          .find(candidate => candidate.includes(text)),
      { timeoutMs: 120_000, intervalMs: 500 },
    );
    assert.ok(line, `The portal's log does not say: ${text}`);
    await this.note(`log: ${line}`);
    return line;
  }

  /** What an administrator does in Proxmox. */
  async byHand<T = unknown>(
    method: string,
    path: string,
    body?: object,
  ): Promise<T> {
    return await labControl<T>(this.instance, method, path, body);
  }

  /** Orders a cluster without workers. */
  async order(name: string): Promise<Cluster> {
    const { cluster } = await this.student.order({
      name,
      workers: 0,
      environment: ENVIRONMENT,
      size: 'small',
      requestId: randomUUID(),
    });
    return cluster;
  }

  /** Waits for something about a cluster's newest operation. */
  async until<T>(
    clusterId: string,
    what: string,
    question: (operation: Operation) => T | undefined | false,
  ): Promise<T> {
    let last: Operation | undefined;
    const answer = await waitFor(
      async () => {
        last = (await this.student.operations(clusterId))[0];
        return last && question(last);
      },
      { timeoutMs: LIMIT_MS, intervalMs: 500 },
    );
    assert.ok(answer, `Never: ${what}; ${JSON.stringify(last?.steps)}`);
    return answer;
  }

  /** Waits until the newest operation waits because of a failure with this code. */
  async waitsWith(clusterId: string, code: string) {
    await this.quoted(code);
    const failure = await this.until(clusterId, code, ({ steps }) =>
      steps
        .map(step => step.status === 'waiting' && step.failure)
        .find(found => found && found.code === code),
    );
    assert.ok(failure);
    await this.note(
      `page: ${failure.message} (${failure.code})\n      ${failure.nextStep}`,
    );
    return failure;
  }
}

async function guide(): Promise<string> {
  return await readFile(RUNBOOKS, 'utf8');
}
