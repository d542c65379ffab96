/** What was called: the newest calls in memory, all of them in a file of NDJSON. No secret is in it, and no response body. */
import { createWriteStream, type WriteStream } from 'node:fs';

/** One call. */
export interface CallRecord {
  seq: number;
  /** ISO 8601. */
  time: string;
  /** Milliseconds until the answer was sent. */
  ms: number;
  method: string;
  /** Path below `/api2/json`. */
  path: string;
  /** Query and form together. */
  params: Record<string, string>;
  /** `user@realm!token`; absent when not authenticated. */
  user?: string;
  /** HTTP status; 0 when the connection was cut on purpose. */
  status: number;
  /** Text of an error. */
  message?: string;
  /** Id of the fault that hit the call. */
  fault?: string;
}

const REMEMBERED_CALLS = 5000;
const SECRET = /password|secret|token/i;

/** Remembers the newest calls, and writes all of them into a file. */
export class CallLog {
  readonly #calls: CallRecord[] = [];
  readonly #file: WriteStream | undefined;
  #seq = 0;

  constructor(file: string | undefined) {
    this.#file = file ? createWriteStream(file, { flags: 'a' }) : undefined;
    // A full disk must not end the double; the calls in memory remain.
    this.#file?.on('error', error =>
      process.stderr.write(`call log: ${error.message}\n`),
    );
  }

  add(call: Omit<CallRecord, 'seq'>): void {
    const params = Object.fromEntries(
      Object.entries(call.params).map(([name, value]) => [
        name,
        SECRET.test(name) ? '***' : value,
      ]),
    );
    const record: CallRecord = { seq: ++this.#seq, ...call, params };
    this.#calls.push(record);
    if (this.#calls.length > REMEMBERED_CALLS) this.#calls.shift();
    this.#file?.write(`${JSON.stringify(record)}\n`);
  }

  /** Calls after the one with this number, oldest first. */
  since(seq = 0): CallRecord[] {
    return this.#calls.filter(call => call.seq > seq);
  }

  async close(): Promise<void> {
    const file = this.#file;
    if (!file || file.destroyed) return;
    await new Promise<void>(resolve => file.end(() => resolve()));
  }
}
