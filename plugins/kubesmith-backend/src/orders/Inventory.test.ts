import { mockServices } from '@backstage/backend-test-utils';
import { type Hypervisor, Inventory } from './Inventory';

const GIB = 1024 ** 3;

const hypervisor = (overrides: Partial<Hypervisor> = {}): Hypervisor => ({
  vms: async () => [
    {
      vmid: 20_000,
      node: 'pve1',
      status: 'running',
      memoryMax: 2 * GIB,
      memoryUsed: GIB / 2,
    },
    { vmid: 20_001, node: 'pve1', status: 'stopped', memoryMax: GIB },
  ],
  storages: async () => [
    { node: 'pve1', storage: 'ssd', shared: false, total: GIB, used: GIB / 4 },
  ],
  hosts: async () => [
    { node: 'pve1', online: true, memoryTotal: 8 * GIB, memoryUsed: GIB },
    { node: 'pve2', online: false, memoryTotal: 0, memoryUsed: 0 },
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
  it('tells what others use of a host, and what its machines may use', async () => {
    expect(await inventory().snapshot()).toEqual({
      vmids: new Set([20_000, 20_001]),
      hosts: [
        {
          name: 'pve1',
          online: true,
          memoryMiB: 8192,
          otherMiB: 512,
          running: [{ vmid: 20_000, memoryMiB: 2048 }],
          storages: [
            { name: 'ssd', shared: false, totalGiB: 1, freeGiB: 0.75 },
          ],
        },
        {
          name: 'pve2',
          online: false,
          // Proxmox does not say how much there is.
          memoryMiB: Infinity,
          otherMiB: 0,
          running: [],
          storages: [],
        },
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
