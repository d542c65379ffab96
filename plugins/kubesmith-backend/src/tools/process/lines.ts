import { StringDecoder } from 'node:string_decoder';

const DEFAULT_MAX_LINE = 1024 * 1024;

/**
 * Splits a stream of bytes into lines. Invalid UTF-8 becomes the replacement character; a line longer than the limit is
 * delivered cut, so that a tool which prints 10 MB without a newline costs no more memory than the limit.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  readonly #maxLine: number;
  readonly #onLine: (line: string) => void;
  #parts: string[] = [];
  #length = 0;

  constructor(onLine: (line: string) => void, maxLine = DEFAULT_MAX_LINE) {
    this.#onLine = onLine;
    this.#maxLine = maxLine;
  }

  push(chunk: Buffer): void {
    const text = this.#decoder.write(chunk);
    let from = 0;
    for (;;) {
      const end = text.indexOf('\n', from);
      if (end < 0) break;
      this.#append(text.slice(from, end));
      this.#emit();
      from = end + 1;
    }
    this.#append(text.slice(from));
  }

  /** Delivers what is left without a newline. */
  end(): void {
    this.#append(this.#decoder.end());
    if (this.#length > 0) this.#emit();
  }

  #append(text: string): void {
    const room = this.#maxLine - this.#length;
    if (room <= 0 || text.length === 0) return;
    this.#parts.push(text.length > room ? text.slice(0, room) : text);
    this.#length += Math.min(text.length, room);
  }

  #emit(): void {
    const line = this.#parts.join('');
    this.#parts = [];
    this.#length = 0;
    this.#onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  }
}

/* eslint-disable no-control-regex */
const CONTROL =
  /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[\u0000-\u0008\u000b-\u001f\u007f]/g;
/* eslint-enable no-control-regex */

/** A tool's text without ANSI escapes and control characters, cut to a length, fit for an event or a log. */
export function plainText(text: string, maxLength = 2000): string {
  const plain = text.replace(CONTROL, '');
  return plain.length > maxLength ? `${plain.slice(0, maxLength)} …` : plain;
}
