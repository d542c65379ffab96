import { rename, writeFile } from 'node:fs/promises';

/**
 * Writes a file whole or not at all: whoever reads it sees the old text or the new one, also after a crash of ours. Only its
 * owner may read it.
 *
 * @param options - `flush` waits until the text is on disk, so that a power loss leaves no empty file either
 */
export async function replaceFile(
  path: string,
  text: string,
  options: { flush?: boolean } = {},
): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600, flush: options.flush });
  await rename(`${path}.new`, path);
}
