/** Lines of a secret that are shorter are found everywhere, and tell nothing. */
const SHORTEST_LINE = 16;
/** The same for a piece of base64. */
const SHORTEST_PIECE = 12;

/** A secret in one of the forms in which it may have been written down. */
export interface Needle {
  /** The secret's name and the form. */
  what: string;
  bytes: Buffer;
}

/**
 * The forms in which programs write a text down: as it is, in base64 wherever it stands in the encoded bytes, for a URL, in
 * JSON; one of several lines also line by line. Made without the product's own redactor, whose mistakes would be the same.
 */
export function needlesOf(secrets: Record<string, string>): Needle[] {
  return Object.entries(secrets).flatMap(([name, secret]) => {
    if (secret.trim().length < 6)
      throw new Error(`${name} is too short to be looked for`);
    const lines = secret
      .split('\n')
      .map(line => line.trim())
      .filter(line => line.length >= SHORTEST_LINE && !line.startsWith('---'));
    const texts = [...new Set([secret.trim(), ...lines])];
    return texts.flatMap(text => formsOf(name, text));
  });
}

function formsOf(name: string, text: string): Needle[] {
  const forms: [string, string][] = [
    ['', text],
    [' in a URL', encodeURIComponent(text)],
    [' in JSON', JSON.stringify(text).slice(1, -1)],
    // JSON within JSON, as a log line holds it that quotes an answer.
    [
      ' in JSON in JSON',
      JSON.stringify(JSON.stringify(text).slice(1, -1)).slice(1, -1),
    ],
    [' in hex', Buffer.from(text).toString('hex')],
    ...base64Forms(Buffer.from(text)),
  ];
  const seen = new Set<string>();
  return forms
    .filter(([, form]) => !seen.has(form) && seen.add(form))
    .map(([form, value]) => ({
      what: `${name}${form}`,
      bytes: Buffer.from(value),
    }));
}

/** What of the base64 text does not depend on the neighbours, for each of the three places that a byte may have. */
function base64Forms(bytes: Buffer): [string, string][] {
  return [0, 1, 2].flatMap((offset): [string, string][] => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
    const core = padded
      .toString('base64')
      .replace(/=+$/, '')
      .slice(
        offset === 0 ? 0 : offset + 1,
        Math.floor((padded.length * 8) / 6),
      );
    if (core.length < SHORTEST_PIECE) return [];
    return [
      [` in base64 at ${offset}`, core],
      [
        ` in base64url at ${offset}`,
        core.replaceAll('+', '-').replaceAll('/', '_'),
      ],
    ];
  });
}
