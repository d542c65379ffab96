import { open } from 'node:fs/promises';
import { LineSplitter } from './lines';

const CHUNK = 256 * 1024;

/** Reads what was appended to a file since the last time, as lines. A file that is not there yet has no lines. */
export class FileTail {
  readonly #path: string;
  readonly #splitter: LineSplitter;
  readonly #oldBytes: number;
  #offset = 0;
  #lineIsOld = false;

  /** `oldBytes`: lines that begin within the first so many bytes are marked as replayed. */
  constructor(
    path: string,
    onLine: (line: string, replayed: boolean) => void,
    oldBytes = 0,
  ) {
    this.#path = path;
    this.#lineIsOld = oldBytes > 0;
    this.#oldBytes = oldBytes;
    this.#splitter = new LineSplitter(line => onLine(line, this.#lineIsOld));
  }

  /** How many bytes were read. */
  get offset(): number {
    return this.#offset;
  }

  /** Reads to the present end of the file. */
  async read(): Promise<void> {
    const file = await open(this.#path, 'r').catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      },
    );
    if (!file) return;
    try {
      const buffer = Buffer.allocUnsafe(CHUNK);
      for (;;) {
        // Old and new bytes are never read in one go, so that each line gets the right mark.
        const limit =
          this.#offset < this.#oldBytes
            ? Math.min(CHUNK, this.#oldBytes - this.#offset)
            : CHUNK;
        const { bytesRead } = await file.read(buffer, 0, limit, this.#offset);
        if (bytesRead === 0) return;
        this.#lineIsOld = this.#offset < this.#oldBytes;
        this.#offset += bytesRead;
        this.#splitter.push(Buffer.from(buffer.subarray(0, bytesRead)));
      }
    } finally {
      await file.close();
    }
  }

  /** Delivers a last line without a newline. */
  end(): void {
    this.#splitter.end();
  }
}
