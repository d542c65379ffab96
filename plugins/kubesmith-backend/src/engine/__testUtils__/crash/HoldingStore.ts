import type { Knex } from 'knex';
import { OperationStore } from '../../OperationStore';
import type { Lease } from '../../records';

type Fate = 'before the commit' | 'committed';

/**
 * The journal with a stop at each of its writes: once when everything is written and not yet committed, once right after the
 * commit. A boundary is named by the operation and step it belongs to and by what is written, so that a new step or a new
 * write has boundaries of its own without anybody listing them. Progress is left out: it comes by the clock and is for show.
 */
export class HoldingStore extends OperationStore {
  readonly #knex: Knex;
  readonly #hold: (boundary: string) => Promise<void>;
  readonly #notes = new WeakMap<Knex.Transaction, string[]>();
  readonly #written = new Map<string, number>();
  #kind = '';
  #step = '';

  constructor(knex: Knex, hold: (boundary: string) => Promise<void>) {
    super(knex);
    this.#knex = knex;
    this.#hold = hold;
  }

  override async claim(options: { owner: string; leaseMs: number }) {
    const due = await this.#knex('operations')
      .whereIn('status', ['queued', 'running', 'waiting'])
      .first('kind');
    if (!due) return undefined;
    await this.#hold(`${due.kind}: claim, before it is asked for`);
    const lease = await super.claim(options);
    if (!lease) return undefined;
    this.#kind = (await this.get(lease.operationId))!.kind;
    this.#step = '';
    await this.#hold(`${this.#kind}: claim, committed`);
    return lease;
  }

  override async fenced<T>(
    lease: Lease,
    write: (tx: Knex.Transaction) => Promise<T>,
  ): Promise<T> {
    let boundary = '';
    const result = await super.fenced(lease, async tx => {
      const notes: string[] = [];
      this.#notes.set(tx, notes);
      tx.on('query', ({ sql }: { sql: string }) => {
        const said = describeWrite(sql);
        if (said) notes.push(said);
      });
      const written = await write(tx);
      boundary = this.#name(notes);
      await this.#holdAt(boundary, 'before the commit');
      return written;
    });
    await this.#holdAt(boundary, 'committed');
    return result;
  }

  override async startStep(
    ...[tx, lease, step, options]: Parameters<OperationStore['startStep']>
  ) {
    this.#step = step;
    this.#written.clear();
    this.#note(tx, 'begun');
    await super.startStep(tx, lease, step, options);
  }

  override async finishStep(...args: Parameters<OperationStore['finishStep']>) {
    this.#note(args[0], 'done');
    await super.finishStep(...args);
  }

  override async failStep(...args: Parameters<OperationStore['failStep']>) {
    this.#note(args[0], 'failed');
    await super.failStep(...args);
  }

  override async finish(...args: Parameters<OperationStore['finish']>) {
    this.#step = '';
    this.#note(args[0], 'closed');
    await super.finish(...args);
  }

  #note(tx: Knex.Transaction, what: string) {
    this.#notes.get(tx)?.unshift(`!${what}`);
  }

  /** Empty for what is no boundary. */
  #name(notes: string[]): string {
    const [first] = notes;
    const where = [this.#kind, this.#step].filter(Boolean).join(' ');
    if (first?.startsWith('!')) return `${where}: ${first.slice(1)}`;
    if (notes.length === 1 && first === 'operation_steps(progress)') return '';
    const what = notes.length > 0 ? [...new Set(notes)].join(' ') : 'lease';
    const count = (this.#written.get(what) ?? 0) + 1;
    this.#written.set(what, count);
    return `${where}: ${what} #${count}`;
  }

  async #holdAt(boundary: string, fate: Fate) {
    if (boundary) await this.#hold(`${boundary}, ${fate}`);
  }
}

/** `table(columns)` of a statement that writes; undefined for others. */
function describeWrite(sql: string): string | undefined {
  const [, verb, table] =
    /^(insert into|update|delete from) [`"](\w+)[`"]/.exec(sql) ?? [];
  if (!table) return undefined;
  if (verb !== 'update') return `${verb.split(' ')[0]} ${table}`;
  const set = /\bset (.*?)(?: where |$)/.exec(sql)?.[1] ?? '';
  const columns = [...set.matchAll(/[`"](\w+)[`"] = /g)]
    .map(([, column]) => column)
    .filter(column => column !== 'updated_at');
  return `${table}(${columns.join(' ')})`;
}
