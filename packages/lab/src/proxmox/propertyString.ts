/**
 * Imitates `PVE::JSONSchema::parse_property_string` and `print_property_string`: `first,key=value,…`, keys printed in order.
 * Left out: the schemas behind them; a value that is no `key=value` pair is taken for the default key.
 */

/** A parsed property string; `value` is the part without a key, if there is one. */
export interface PropertyString {
  value?: string;
  options: Map<string, string>;
}

/** Reads a property string; the first part without a key is the value. */
export function parsePropertyString(text: string): PropertyString {
  const parsed: PropertyString = { options: new Map() };
  for (const part of text.split(',')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    if (equals === -1) parsed.value ??= part;
    else parsed.options.set(part.slice(0, equals), part.slice(equals + 1));
  }
  return parsed;
}

/** The part without a key first, then the options in the order of their keys. */
export function printPropertyString(parsed: PropertyString): string {
  const options = [...parsed.options]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`);
  return [
    ...(parsed.value === undefined ? [] : [parsed.value]),
    ...options,
  ].join(',');
}

const UNITS: Record<string, number> = {
  '': 1,
  K: 1024,
  M: 1024 ** 2,
  G: 1024 ** 3,
  T: 1024 ** 4,
};

/** Bytes of a size such as `30G` or `10737418240`; undefined if it is none. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(text);
  if (!match) return undefined;
  return Math.floor(Number(match[1]) * UNITS[match[2] ?? '']!);
}

/** The largest unit that leaves no remainder, as Proxmox prints a disk's size. */
export function formatSize(bytes: number): string {
  for (const unit of ['T', 'G', 'M', 'K'] as const) {
    if (bytes >= UNITS[unit]! && bytes % UNITS[unit]! === 0) {
      return `${bytes / UNITS[unit]!}${unit}`;
    }
  }
  return String(bytes);
}
