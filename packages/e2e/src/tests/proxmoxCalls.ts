import { readFile } from 'node:fs/promises';
import type { Instance } from '@kubesmith/lab/src/instance/Instance.ts';
import type { CallRecord } from '@kubesmith/lab/src/proxmox/callLog.ts';

/** Calls of the Proxmox API since the lab is up, oldest first. */
export async function proxmoxCalls(instance: Instance): Promise<CallRecord[]> {
  const text = await readFile(
    instance.log('proxmox-calls').replace(/\.log$/, '.ndjson'),
    'utf8',
  );
  return text
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as CallRecord);
}

/** Ids of the machines that were cloned, in order, each clone that was accepted. */
export function clonedIds(calls: CallRecord[]): number[] {
  return calls
    .filter(
      ({ method, path, status }) =>
        method === 'POST' && /\/qemu\/\d+\/clone$/.test(path) && status === 200,
    )
    .map(({ params }) => Number(params.newid));
}

/** Calls that could have changed something, as people write them down. */
export function mutations(calls: CallRecord[]): string[] {
  return calls
    .filter(
      ({ method, path }) => method !== 'GET' && !path.endsWith('/agent/ping'),
    )
    .map(({ method, path }) => `${method} ${path}`);
}

/** The configuration of machines in the Proxmox API double, by their ids. */
export async function machineConfigurations(
  instance: Instance,
  vmids: number[],
): Promise<object[]> {
  const state = JSON.parse(
    await readFile(instance.file('proxmox-state.json'), 'utf8'),
  ) as {
    vms: { vmid: number; node: string; config: object; pending: object }[];
  };
  return state.vms
    .filter(({ vmid }) => vmids.includes(vmid))
    .map(({ vmid, node, config, pending }) => ({
      vmid,
      node,
      config,
      pending,
    }))
    .sort((a, b) => a.vmid - b.vmid);
}
