/** Imitates how Proxmox makes up identifiers: UUIDs, and MAC addresses under its own prefix `BC:24:11`. */
import { randomBytes, randomUUID } from 'node:crypto';

/** A MAC address under Proxmox's prefix, upper case as `GET …/config` shows it. */
export function randomMac(): string {
  const tail = [...randomBytes(3)].map(byte =>
    byte.toString(16).padStart(2, '0'),
  );
  return ['BC', '24', '11', ...tail].join(':').toUpperCase();
}

/** A random UUID, lower case. */
export const randomUuid = (): string => randomUUID();
