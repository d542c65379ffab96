import { mockServices } from '@backstage/backend-test-utils';
import { type Hypervisor, Inventory } from './Inventory';

const GIB = 1024 ** 3;

const hypervisor = (overrides: Partial<Hypervisor> = {}): Hypervisor => ({
  vms: async () => [{ vmid: 20_000 }],
  hosts: async () => [
    { node: 'pve1', online: true, memoryFree: 3 * GIB },
    { node: 'pve2', online: false, memoryFree: 0 },
    { node: 'pve3', online: true, memoryFree: 5 * GIB },
  ],
  isFree: async () => true,
  addressesInUse: async () => [],
  ...overrides,
});
const inventory = (overrides?: Partial<Hypervisor>) =>
  new Inventory({
    hypervisor: hypervisor(overrides),
    logger: mockServices.logger.mock(),
  });

describe('Inventory', () => {
  it('places nothing on a host that is off', async () => {
    expect(await inventory().snapshot()).toEqual({
      vmids: new Set([20_000]),
      hosts: [
        { name: 'pve1', freeMemoryMiB: 3072 },
        { name: 'pve3', freeMemoryMiB: 5120 },
      ],
    });
  });

  it('asks again after Proxmox did not answer, and says so with a code', async () => {
    let calls = 0;
    const asked = inventory({
      vms: async () => {
        calls += 1;
        if (calls === 1) throw new Error('connect ECONNREFUSED 10.0.0.1:8006');
        return [];
      },
    });
    await expect(asked.snapshot()).rejects.toMatchObject({
      message: expect.not.stringContaining('10.0.0.1'),
    });
    expect((await asked.snapshot()).vmids).toEqual(new Set());
  });

  it('finds the ids that only Proxmox knows to be taken', async () => {
    const asked = inventory({ isFree: async vmid => vmid !== 20_002 });
    expect(await asked.findTaken([20_001, 20_002])).toEqual([20_002]);
  });
});
