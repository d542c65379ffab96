import { timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';

/** What we pin, and what ssh is told to accept: an ed25519 key, whose text has one length. */
const LINE = /^(ssh-ed25519) ([A-Za-z0-9+/]{68})(?: [^\r\n]{0,500})?$/;

/**
 * Takes type and key out of the text of a `ssh_host_*_key.pub` file; undefined when it is not such a file. What it is
 * given comes from the guest: any file, of any length, behind a link.
 */
export function parseHostKey(text: string): string | undefined {
  const match = LINE.exec(text.trim());
  if (!match) return undefined;
  const [, type, key] = match;
  const blob = Buffer.from(key, 'base64');
  // The blob begins with its own type: a mismatch means that somebody made it up.
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0;
  return blob.subarray(4, 4 + length).toString('ascii') === type
    ? `${type} ${key}`
    : undefined;
}

/** Whether a key that a server showed is the pinned one (`type base64`). */
export function isPinnedKey(pinned: string, shown: Buffer): boolean {
  const expected = Buffer.from(pinned.split(' ')[1] ?? '', 'base64');
  return (
    expected.length > 0 &&
    expected.length === shown.length &&
    timingSafeEqual(expected, shown)
  );
}

/**
 * The lines of a known_hosts file for pinned keys by address. Fails for anything else: a line break, a pattern or a marker in
 * either would make ssh trust other hosts too.
 */
export function knownHosts(
  pins: { address: string; hostKey: string }[],
): string {
  return pins
    .map(({ address, hostKey }) => {
      if (isIP(address) === 0)
        throw new Error(`${JSON.stringify(address)} is not an address`);
      if (parseHostKey(hostKey) !== hostKey)
        throw new Error(`What is pinned for ${address} is not a host key`);
      return `${address} ${hostKey}\n`;
    })
    .join('');
}
