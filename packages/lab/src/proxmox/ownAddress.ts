/** Tells callers on the same machine (or network namespace) from all others. Not part of Proxmox. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';

/**
 * Whether an address is one of this machine's own: only those can be bound. The list of interfaces would not do, as it leaves
 * out a bridge that nothing is plugged into.
 */
export async function isOwnAddress(address: string): Promise<boolean> {
  const plain = address.replace(/^::ffff:/, '');
  const socket = createSocket(isIPv6(plain) ? 'udp6' : 'udp4');
  try {
    socket.bind({ address: plain, port: 0, exclusive: true });
    await once(socket, 'listening');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRNOTAVAIL') return false;
    throw error;
  } finally {
    socket.close();
  }
}
