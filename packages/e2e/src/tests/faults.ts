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
  await request(instance, 'POST', fault);
}

/** Nothing goes wrong any more. */
export async function clearFaults(instance: Instance): Promise<void> {
  await request(instance, 'DELETE');
}

async function request(
  instance: Instance,
  method: string,
  body?: object,
): Promise<void> {
  const record = await readRecord(instance);
  if (!record) throw new Error(`The lab "${instance.name}" is not up`);
  // The double listens inside the lab only.
  const program = `
    const [url, method, body] = process.argv.slice(1);
    const answer = await fetch(url, { method, ...(body && { body, headers: { 'Content-Type': 'application/json' } }) });
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
      method,
      ...(body ? [JSON.stringify(body)] : []),
    ],
    { env: { NODE_EXTRA_CA_CERTS: record.proxmox.caFile } },
  );
}
