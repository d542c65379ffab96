/** Variables of our own environment that every tool gets: where programs are and how text is encoded, no more. */
const INHERITED = ['PATH', 'TZ', 'LANG', 'LC_ALL'];

/**
 * The environment of a tool: an explicit list, so that no secret of the backend (database password, sign-in secrets) is
 * handed to a process that has no use for it.
 */
export function toolEnvironment(
  own: Record<string, string | undefined>,
): Record<string, string> {
  const entries: [string, string][] = [['LANG', 'C.UTF-8']];
  for (const name of INHERITED) {
    const value = process.env[name];
    if (value !== undefined) entries.push([name, value]);
  }
  for (const [name, value] of Object.entries(own))
    if (value !== undefined) entries.push([name, value]);
  return Object.fromEntries(entries);
}
