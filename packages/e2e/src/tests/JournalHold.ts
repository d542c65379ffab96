import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { unless } from '@kubesmith/lab/src/system/errors.ts';
import type { Setting } from './Setting.ts';

/** A write of the portal's journal. */
export type JournalWrite =
  | { insert: 'clusters' | 'operations' }
  | { step: string; status: 'running' | 'succeeded' }
  | { operation: 'create' | 'delete'; status: 'succeeded' };

const NAME = 'kubesmith_test_hold';
const FOREVER = 'kubesmith_test_forever';
/** One transaction of the portal takes milliseconds, seconds on a busy machine; the trigger's takes for ever. */
const HELD_MS = 3000;

/**
 * Makes one write of the running portal last for ever, in the middle of its transaction: a trigger counts without end. The
 * process can then be killed at a boundary that nobody could hit by the clock. Nothing in the product knows of it.
 */
export class JournalHold {
  readonly #setting: Setting;
  #path = '';

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  /** The next write of this kind is the portal's last. */
  async arm(write: JournalWrite): Promise<void> {
    const { KUBESMITH_DATABASE_DIRECTORY: folder } =
      await this.#setting.portal.environment();
    this.#path = join(folder!, 'kubesmith.sqlite');
    this.#with(database => {
      database.exec(`CREATE VIEW ${FOREVER} AS
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1e15) SELECT i FROM n`);
      database.exec(`CREATE TRIGGER ${NAME} AFTER ${whenOf(write)}
        BEGIN SELECT count(*) FROM ${FOREVER}; END`);
    });
  }

  /** Waits until the portal is in that write, or nobody wants to know any more. */
  async reached(limitMs: number, signal?: AbortSignal): Promise<void> {
    const endAt = Date.now() + limitMs;
    for (;;) {
      if (signal?.aborted) return;
      const begun = await this.#transactionBegun();
      if (begun !== undefined && Date.now() - begun > HELD_MS) return;
      if (Date.now() > endAt)
        throw new Error(
          `The portal did not come to the write within ${limitMs / 1000} s`,
        );
      await sleep(50);
    }
  }

  /** Once the portal is dead: its transaction is rolled back, the next portal writes as ever. */
  disarm(): void {
    this.#with(database => {
      database.exec(`DROP TRIGGER IF EXISTS ${NAME}`);
      database.exec(`DROP VIEW IF EXISTS ${FOREVER}`);
    });
  }

  /** When the transaction that is going on wrote first: SQLite keeps a file beside the database for as long as it lasts. */
  async #transactionBegun(): Promise<number | undefined> {
    const found = await unless(['ENOENT'], stat(`${this.#path}-journal`));
    return found && found.size > 0 ? found.mtimeMs : undefined;
  }

  #with<T>(work: (database: DatabaseSync) => T, timeout = 20_000): T {
    const database = new DatabaseSync(this.#path, { timeout });
    try {
      return work(database);
    } finally {
      database.close();
    }
  }
}

function whenOf(write: JournalWrite): string {
  if ('insert' in write) return `INSERT ON ${write.insert}`;
  if ('step' in write)
    return `UPDATE ON operation_steps WHEN NEW.name = '${write.step}' AND NEW.status = '${write.status}'`;
  return `UPDATE ON operations WHEN NEW.kind = '${write.operation}' AND NEW.status = '${write.status}'`;
}
