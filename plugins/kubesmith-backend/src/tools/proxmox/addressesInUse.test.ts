import { addressesInUse, configuredAddresses } from './addressesInUse';
import type { PveGuest } from './types';

describe('configuredAddresses', () => {
  it.each([
    [{ ipconfig0: 'ip=10.40.19.205/24,gw=10.40.19.254' }, ['10.40.19.205']],
    [{ ipconfig1: 'gw=10.0.0.1,ip=10.0.0.7/8' }, ['10.0.0.7']],
    [{ ipconfig0: 'ip=dhcp', ipconfig1: 'ip6=auto' }, []],
    [
      { net0: 'name=eth0,bridge=vmbr0,ip=10.40.19.206/24,type=veth' },
      ['10.40.19.206'],
    ],
    [{ net0: 'virtio=02:4B:53:00:00:01,bridge=vmbr0' }, []],
    [{ description: 'ip=10.40.19.205/24', name: 'ip=1.2.3.4' }, []],
  ])('reads %p', (config, addresses) => {
    expect(configuredAddresses(config)).toEqual(addresses);
  });
});

describe('addressesInUse', () => {
  const guest = (vmid: number, change: Partial<PveGuest> = {}): PveGuest => ({
    kind: 'qemu',
    vmid,
    node: 'pve1',
    status: 'running',
    template: false,
    ...change,
  });

  it('asks configurations and agents, passes over ours and what cannot be read', async () => {
    const marker =
      'kubesmith cluster=6f6b9b4e-7c0e-4d38-9e8c-0d1e4d7f3a11 node=a-cp-1 operation=6f6b9b4e-7c0e-4d38-9e8c-0d1e4d7f3a12';
    const configs: Record<number, Record<string, string>> = {
      1: { ipconfig0: 'ip=10.0.0.1/24' },
      2: { ipconfig0: 'ip=10.0.0.2/24', agent: '1', description: marker },
      3: { net0: 'name=eth0,ip=10.0.0.3/24' },
      4: { agent: 'enabled=1,fstrim_cloned_disks=1' },
      5: { agent: '1', ipconfig0: 'ip=10.0.0.5/24' },
    };
    const asked: string[] = [];
    const found = await addressesInUse(
      {
        guests: async () => [
          guest(1),
          guest(2, { status: 'stopped' }),
          guest(3, { kind: 'lxc' }),
          guest(4),
          guest(5),
          guest(6),
          guest(9000, { template: true }),
        ],
        guestConfig: async ({ kind, vmid }) => {
          asked.push(`${kind} ${vmid}`);
          if (!configs[vmid]) throw new Error('403 VM.Audit');
          return configs[vmid];
        },
        agentInterfaces: async (_node, vmid) => {
          asked.push(`agent ${vmid}`);
          if (vmid === 5) throw new Error('500 agent is not running');
          return [
            {
              name: 'eth0',
              macAddress: '',
              addresses: ['10.0.0.4', 'fe80::1', '127.0.0.1'],
            },
          ];
        },
      },
      new Set([1]),
    );
    expect(found.sort((a, b) => a.vmid - b.vmid)).toEqual([
      {
        vmid: 2,
        clusterId: '6f6b9b4e-7c0e-4d38-9e8c-0d1e4d7f3a11',
        addresses: ['10.0.0.2'],
      },
      { vmid: 3, clusterId: undefined, addresses: ['10.0.0.3'] },
      { vmid: 4, clusterId: undefined, addresses: ['10.0.0.4'] },
      { vmid: 5, clusterId: undefined, addresses: ['10.0.0.5'] },
    ]);
    expect(asked.sort()).toEqual([
      'agent 4',
      'agent 5',
      'lxc 3',
      'qemu 2',
      'qemu 4',
      'qemu 5',
      'qemu 6',
    ]);
  });
});
