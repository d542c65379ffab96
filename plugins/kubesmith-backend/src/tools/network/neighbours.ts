import { readFile } from 'node:fs/promises';

/** Linux's list of who answered for which address on the networks that the portal itself is on. */
const ARP_FILE = '/proc/net/arp';
/** "Complete": somebody answered. */
const COMPLETE = 0x2;

/**
 * The MAC address of whoever answered for an address on the portal's own network; undefined when nobody did, the address is
 * on another network, or the system keeps no such list. An entry may be minutes old.
 */
export async function neighbourOf(
  address: string,
  file = ARP_FILE,
): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(error => {
    if (error.code === 'ENOENT' || error.code === 'EACCES') return '';
    throw error;
  });
  // IP address       HW type     Flags       HW address            Mask     Device
  for (const line of text.split('\n').slice(1)) {
    const [ip, , flags, mac] = line.trim().split(/\s+/);
    if (ip === address && Number(flags) & COMPLETE) return mac.toUpperCase();
  }
  return undefined;
}
