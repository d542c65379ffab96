import type { OutsideWorld } from '../../outsideWorld';

/** A Proxmox that answers and has no machines, and a network on which nobody answers. */
export const noMachines: Pick<
  OutsideWorld,
  'machines' | 'probe' | 'readCertificate'
> = {
  machines: {
    addressesInUse: async () => [],
    deleteVm: refuse,
    hosts: async () => [],
    isFree: async () => true,
    permissions: async () => new Set(['Pool.Audit', 'VM.Audit']),
    stopVm: refuse,
    vmConfig: refuse,
    vmStatus: refuse,
    vms: async () => [],
    waitForTask: refuse,
  },
  probe: async () => undefined,
  readCertificate: refuse,
};

async function refuse(): Promise<never> {
  throw new Error('There are no machines here');
}
