/** Control characters, line breaks, and marks that turn the direction of what follows. */
const UNPRINTABLE = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u;

/** What people typed, short enough for a sentence and on one line. */
export function quoted(text: string): string {
  const clean = text.replace(new RegExp(UNPRINTABLE, 'gu'), '?');
  return clean.length > 60 ? `${clean.slice(0, 57)}...` : clean;
}
