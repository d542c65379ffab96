import { Transform } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** What stands in place of a secret. */
export const REDACTED = '***';

/** Shorter ones would be found everywhere, and tell nothing. In characters. */
const SHORTEST_SECRET = 6;
const SHORTEST_LINE = 16;

/** Takes text in pieces, gives it back without secrets. */
export interface RedactingStream {
  /** The text that is safe to show by now: a piece that could be the beginning of a secret waits for the next one. */
  write(chunk: string): string;
  /** The rest. */
  end(): string;
}

/**
 * Knows secrets by their exact values and takes them out of text: as they are, in base64 (wherever they stand in the encoded
 * bytes), URL-encoded and JSON-escaped; several lines also line by line. Feed it with every secret that a tool is given,
 * before the tool starts.
 */
export class Redactor {
  readonly #forms = new Set<string>();
  #pattern: RegExp | undefined;
  #byFirstCharacter: Map<string, string[]> | undefined;

  /** Adds a secret. Ones of fewer than 6 characters are not taken. */
  add(secret: string | Buffer): void {
    const bytes = Buffer.isBuffer(secret) ? secret : Buffer.from(secret);
    const text = bytes.toString();
    if (text.trim().length < SHORTEST_SECRET) {
      return;
    }
    for (const form of [...textForms(text), ...base64Forms(bytes)]) {
      this.#forms.add(form);
    }
    this.#pattern = undefined;
    this.#byFirstCharacter = undefined;
  }

  /** A whole text without secrets. */
  redact(text: string): string {
    const stream = this.stream();
    return stream.write(text) + stream.end();
  }

  /** For text that arrives in pieces. Secrets that are added later are found from then on. */
  stream(): RedactingStream {
    let pending = '';
    return {
      write: chunk => {
        const { safe, rest } = this.#split(pending + chunk);
        pending = rest;
        return safe;
      },
      end: () => {
        const last = this.#replace(pending);
        pending = '';
        return last;
      },
    };
  }

  /** A Node.js stream of text; multi-byte characters may be split between chunks. */
  createTransform(): Transform {
    const decoder = new StringDecoder('utf8');
    const stream = this.stream();
    return new Transform({
      transform(chunk, _encoding, done) {
        done(null, stream.write(decoder.write(chunk)));
      },
      flush(done) {
        done(null, stream.write(decoder.end()) + stream.end());
      },
    });
  }

  #replace(text: string): string {
    return this.#forms.size === 0
      ? text
      : text.replace(this.#compiled(), REDACTED);
  }

  /** Cuts where no secret can lie across, and redacts what is before. */
  #split(text: string): { safe: string; rest: string } {
    let cut = this.#startOfPossibleSecret(text);
    for (const match of this.#forms.size > 0
      ? text.matchAll(this.#compiled())
      : []) {
      // A secret that is complete and overlaps what may become another one waits with it.
      if (match.index < cut && match.index + match[0].length > cut) {
        cut = match.index;
        break;
      }
    }
    return { safe: this.#replace(text.slice(0, cut)), rest: text.slice(cut) };
  }

  /** Where the longest end of the text begins that is the beginning of a secret. */
  #startOfPossibleSecret(text: string): number {
    const index = this.#index();
    const longest = Math.max(0, ...[...this.#forms].map(form => form.length));
    for (
      let start = Math.max(0, text.length - longest + 1);
      start < text.length;
      start++
    ) {
      const end = text.slice(start);
      const candidates = index.get(text[start]) ?? [];
      if (
        candidates.some(
          form => form.length > end.length && form.startsWith(end),
        )
      ) {
        return start;
      }
    }
    return text.length;
  }

  #index(): Map<string, string[]> {
    if (!this.#byFirstCharacter) {
      this.#byFirstCharacter = new Map();
      for (const form of this.#forms) {
        this.#byFirstCharacter.set(form[0], [
          ...(this.#byFirstCharacter.get(form[0]) ?? []),
          form,
        ]);
      }
    }
    return this.#byFirstCharacter;
  }

  #compiled(): RegExp {
    if (!this.#pattern) {
      // The longest first: an alternation takes the first that fits.
      const forms = [...this.#forms].sort((a, b) => b.length - a.length);
      this.#pattern = new RegExp(
        forms
          .map(form => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
          .join('|'),
        'g',
      );
    }
    return this.#pattern;
  }
}

function textForms(text: string): string[] {
  const lines = text
    .split(/\r?\n/)
    .filter(line => line.length >= SHORTEST_LINE && !line.startsWith('-----'));
  return [text, text.trim(), ...(lines.length > 1 ? lines : [])].flatMap(
    form => [
      form,
      JSON.stringify(form).slice(1, -1),
      encodeURIComponent(form),
      new URLSearchParams({ v: form }).toString().slice(2),
    ],
  );
}

/**
 * The base64 text of the bytes at each of the three positions that they may have in a longer encoding, without the first and
 * last characters, which depend on the neighbours.
 */
function base64Forms(bytes: Buffer): string[] {
  const forms: string[] = [];
  for (const offset of [0, 1, 2]) {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
    const encoded = padded.toString('base64').replace(/=+$/, '');
    const wholeStart = offset === 0 ? 0 : offset + 1;
    const wholeEnd = Math.floor((padded.length * 8) / 6);
    const core = encoded.slice(wholeStart, wholeEnd);
    if (core.length >= SHORTEST_SECRET) {
      forms.push(core, core.replace(/\+/g, '-').replace(/\//g, '_'));
    }
  }
  return forms;
}
