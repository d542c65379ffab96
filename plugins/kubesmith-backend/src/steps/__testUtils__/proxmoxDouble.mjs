/**
 * The lab's Proxmox VE API double with hosts in memory, as a process of its own: this package's tests are CommonJS, the lab is
 * not. Prints one line of JSON and ends when its standard input does. Each host has an SSH host key of its own.
 */
import { generateKeyPairSync } from 'node:crypto';
// The lab is no library: nothing but this process may reach into it.
/* eslint-disable @backstage/no-relative-monorepo-imports */
import { startTestDouble } from '../../../../../packages/lab/src/proxmox/testing/double.ts';
import { tokenId } from '../../../../../packages/lab/src/proxmox/leastPrivilege.ts';
import { TOKEN_SECRET } from '../../../../../packages/lab/src/proxmox/testing/datacenter.ts';
/* eslint-enable @backstage/no-relative-monorepo-imports */

const double = await startTestDouble(JSON.parse(process.argv[2] ?? '{}'));

/** One line of a `.pub` file. */
function hostKey(vmid) {
  const { publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const part = bytes => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const blob = Buffer.concat([part(Buffer.from('ssh-ed25519')), part(raw)]);
  return `ssh-ed25519 ${blob.toString('base64')} root@${vmid}\n`;
}

const keys = new Map();
const original = double.driver.agent.bind(double.driver);
double.driver.agent = vmid => ({
  ...original(vmid),
  readFile: async () => {
    if (!keys.has(vmid)) keys.set(vmid, hostKey(vmid));
    return Buffer.from(keys.get(vmid));
  },
});

process.stdout.write(
  `${JSON.stringify({
    endpoint: double.endpoint,
    caFile: double.certificates.authorityFile,
    tokenId,
    tokenSecret: TOKEN_SECRET,
  })}\n`,
);
process.stdin.resume();
process.stdin.on('end', async () => {
  await double.close();
  process.exit(0);
});
