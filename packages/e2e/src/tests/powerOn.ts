import { readFile } from 'node:fs/promises';
import type { Instance } from '@kubesmith/lab/src/instance/Instance.ts';
import { readRecord } from '@kubesmith/lab/src/instance/record.ts';
import { runInLab } from '../inLab.ts';

/** Starts a machine as somebody does in Proxmox, without the portal: by Proxmox' API, with the token of the lab. */
export async function powerOn(
  instance: Instance,
  { node, vmid }: { node: string; vmid: number },
): Promise<void> {
  const record = await readRecord(instance);
  if (!record) throw new Error(`The lab "${instance.name}" is not up`);
  const { caFile, endpoint, tokenId, tokenSecretFile } = record.proxmox;
  const secret = (await readFile(tokenSecretFile, 'utf8')).trim();
  const program = `
    const answer = await fetch(process.argv[1], { method: 'POST', headers: { Authorization: process.env.AUTHORIZATION } });
    if (!answer.ok) { console.error(answer.status, await answer.text()); process.exit(1); }`;
  await runInLab(
    instance,
    [
      process.execPath,
      '--input-type=module',
      '-e',
      program,
      `${endpoint}api2/json/nodes/${node}/qemu/${vmid}/status/start`,
    ],
    {
      env: {
        NODE_EXTRA_CA_CERTS: caFile,
        AUTHORIZATION: `PVEAPIToken=${tokenId}=${secret}`,
      },
    },
  );
}
