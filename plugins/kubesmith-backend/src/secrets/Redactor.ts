/** What stands in place of a secret. */
export const REDACTED = '***';

/** Shorter ones would be found everywhere, and tell nothing. In characters. */
const SHORTEST_SECRET = 6;
const SHORTEST_LINE = 16;

/** A place where a secret may begin is found by so many characters. Every secret has more. */
const GRAM = 3;
const BUCKETS = 1 << 16;
/** So many first characters of each form are looked for; more would only fill the table. */
const LONGEST_WINDOW = 16;

function hashAt(text: string, at: number): number {
  return (
    (text.charCodeAt(at) * 961 +
      text.charCodeAt(at + 1) * 31 +
      text.charCodeAt(at + 2)) &
    (BUCKETS - 1)
  );
}

/**
 * Finds any of many texts in one pass. An alternation of hundreds of them costs a hundred times as much as reading a tool's line;
 * here a table says of most places how far away the next secret can begin at the earliest (the algorithm of Wu and Manber).
 */
class FormIndex {
  /** As many characters as all forms have, at most {@link LONGEST_WINDOW}. */
  readonly #window: number;
  /** By the hash of the last characters of a window: how far further on the next form may begin; 0 if perhaps here. */
  readonly #skip = new Uint8Array(BUCKETS);
  /** Forms by their first characters, the longest first. */
  readonly #byGram = new Map<string, string[]>();

  constructor(forms: ReadonlySet<string>) {
    const sorted = [...forms].sort((a, b) => b.length - a.length);
    this.#window = Math.min(LONGEST_WINDOW, sorted.at(-1)?.length ?? Infinity);
    const last = this.#window - GRAM;
    this.#skip.fill(last + 1);
    for (const form of sorted) {
      const gram = form.slice(0, GRAM);
      for (let at = 0; at <= last; at++) {
        const hash = hashAt(form, at);
        this.#skip[hash] = Math.min(this.#skip[hash], last - at);
      }
      const others = this.#byGram.get(gram);
      if (others) others.push(form);
      else this.#byGram.set(gram, [form]);
    }
  }

  /** The text without forms: of those that begin at one place, the longest is taken out. */
  replace(text: string): string {
    let clean = '';
    let from = 0;
    for (let at = this.#next(text, 0); at >= 0; at = this.#next(text, from)) {
      clean += text.slice(from, at) + REDACTED;
      from = at + this.#formAt(text, at)!.length;
    }
    return from === 0 ? text : clean + text.slice(from);
  }

  /** Where the next form begins, from a place on; -1 if none does. */
  #next(text: string, from: number): number {
    const skip = this.#skip;
    const toGram = this.#window - GRAM;
    const last = text.length - GRAM;
    for (let at = from + toGram; at <= last; ) {
      const ahead = skip[hashAt(text, at)];
      if (ahead === 0) {
        if (this.#formAt(text, at - toGram)) return at - toGram;
        at += 1;
      } else {
        at += ahead;
      }
    }
    return -1;
  }

  #formAt(text: string, at: number): string | undefined {
    return this.#byGram
      .get(text.slice(at, at + GRAM))
      ?.find(form => text.startsWith(form, at));
  }
}

/**
 * Knows secrets by their exact values and takes them out of text: as they are, in base64 (wherever they stand in the encoded
 * bytes), URL-encoded and JSON-escaped; several lines also line by line. Feed it with every secret that a tool is given,
 * before the tool starts.
 */
export class Redactor {
  readonly #forms = new Set<string>();
  #index: FormIndex | undefined;

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
    this.#index = undefined;
  }

  /** A whole text without secrets. */
  redact(text: string): string {
    return this.#current().replace(text);
  }

  #current(): FormIndex {
    this.#index ??= new FormIndex(this.#forms);
    return this.#index;
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
