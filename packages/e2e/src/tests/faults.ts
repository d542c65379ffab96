import type { Instance } from '@kubesmith/lab/src/instance/Instance.ts';
import { network } from '@kubesmith/lab/src/instance/Instance.ts';
import { readRecord } from '@kubesmith/lab/src/instance/record.ts';
import type { FaultRequest } from '@kubesmith/lab/src/proxmox/faults.ts';
import { runInLab } from '../inLab.ts';

/** Lets something go wrong in the Proxmox API double. */
export async function addFault(
  instance: Instance,
  fault: FaultRequest,
): Promise<void> {
  const record = await readRecord(instance);
  if (!record) throw new Error(`The lab "${instance.name}" is not up`);
  // The double listens inside the lab only.
  const program = `
    const answer = await fetch(process.argv[1], { method: 'POST', body: process.argv[2], headers: { 'Content-Type': 'application/json' } });
    if (!answer.ok) { console.error(answer.status, await answer.text()); process.exit(1); }`;
  const url = `https://${network.hypervisor}:${network.hypervisorPort}/__lab/faults`;
  await runInLab(
    instance,
    [
      process.execPath,
      '--input-type=module',
      '-e',
      program,
      url,
      JSON.stringify(fault),
    ],
    {
      env: { NODE_EXTRA_CA_CERTS: record.proxmox.caFile },
    },
  );
}
