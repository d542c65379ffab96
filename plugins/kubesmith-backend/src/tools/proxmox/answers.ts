/** An answer as an object; an empty one when it is something else. */
export function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)
    : {};
}

/** An answer as a list of objects; an empty one when it is something else. */
export function asList(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(asObject) : [];
}

/** A value as text. Objects have none of their own: where one stands for a text, somebody made it up. */
export function text(value: unknown): string {
  return value === undefined || typeof value === 'object' ? '' : String(value);
}

/** {@link text}, or undefined when there is none. */
export function optional(value: unknown): string | undefined {
  return text(value) || undefined;
}
