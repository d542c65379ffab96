import {
  type Instance,
  network,
} from '@kubesmith/lab/src/instance/Instance.ts';
import { readRecord } from '@kubesmith/lab/src/instance/record.ts';
import { runInLab } from '../inLab.ts';

/** Sends a request to the controls of the Proxmox API double, which listens inside the lab only; `path` is below `/__lab/`. */
export async function labControl<T = unknown>(
  instance: Instance,
  method: string,
  path: string,
  body?: object,
): Promise<T> {
  const record = await readRecord(instance);
  if (!record) throw new Error(`The lab "${instance.name}" is not up`);
  const program = `
    const [url, method, body] = process.argv.slice(1);
    const answer = await fetch(url, { method, ...(body && { body, headers: { 'Content-Type': 'application/json' } }) });
    const text = await answer.text();
    if (!answer.ok) { console.error(answer.status, text); process.exit(1); }
    console.log(text);`;
  const url = `https://${network.hypervisor}:${network.hypervisorPort}/__lab/${path}`;
  const { stdout } = await runInLab(
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
  return JSON.parse(stdout) as T;
}
