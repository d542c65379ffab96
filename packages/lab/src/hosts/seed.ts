import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HostSpec } from './types.ts';

const GUEST_INIT = fileURLToPath(new URL('./guest-init.sh', import.meta.url));

/** Where a host finds its seed. */
export const SEED_IN_HOST = '/var/lib/cloud/seed/lab';

/** Writes what a host gets from its hypervisor at each start: the first process, SMBIOS data and cloud-init data. */
export async function writeSeed(
  directory: string,
  spec: HostSpec,
): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  const { cloudInit } = spec;
  const files: Record<string, string> = {
    'smbios-uuid': `${spec.smbiosUuid}\n`,
    ...(cloudInit.user ? { user: `${cloudInit.user}\n` } : {}),
    authorized_keys: cloudInit.sshKeys.map(key => `${key.trim()}\n`).join(''),
    'files/etc/hostname': `${cloudInit.hostname}\n`,
    'files/etc/hosts': hosts(spec),
    'files/etc/resolv.conf': cloudInit.nameservers
      .map(address => `nameserver ${address}\n`)
      .join(''),
    'files/etc/systemd/network/10-cloud-init.network': network(spec),
    'files/etc/ssh/sshd_config.d/50-cloud-init.conf':
      'PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin no\n',
  };
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  await copyFile(GUEST_INIT, join(directory, 'init'));
}

function hosts({ cloudInit: { hostname } }: HostSpec): string {
  return `127.0.0.1 localhost\n127.0.1.1 ${hostname}\n::1 localhost ip6-localhost ip6-loopback\n`;
}

function network({
  macAddress,
  cloudInit: { address, gateway },
}: HostSpec): string {
  return [
    '[Match]',
    'Name=host0',
    '[Link]',
    `MACAddress=${macAddress}`,
    '[Network]',
    address ? `Address=${address}` : 'DHCP=yes',
    ...(gateway ? [`Gateway=${gateway}`] : []),
    'IPv6AcceptRA=no',
    '',
  ].join('\n');
}
