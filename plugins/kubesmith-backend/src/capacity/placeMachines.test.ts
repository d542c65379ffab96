import { copyRooms, fitsWhenEmpty, placeMachines } from './placeMachines';
import type { HostRoom, MachineNeed } from './records';

const GIB = 1024;
const SSD = { datastore: 'ssd' };

function host(name: string, freeGiB: number, more: Partial<HostRoom> = {}) {
  return {
    name,
    online: true,
    totalMiB: 64 * GIB,
    freeMiB: freeGiB * GIB,
    clones: 0,
    storages: new Map(),
    ...more,
  };
}

function machine(node: string, more: Partial<MachineNeed> = {}): MachineNeed {
  return {
    node,
    role: 'worker',
    memoryMiB: 4 * GIB,
    diskGiB: 20,
    clone: true,
    ...more,
  };
}

const workers = (count: number) =>
  Array.from({ length: count }, (_, index) => machine(`w-${index + 1}`));
const controlPlanes = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    machine(`cp-${index + 1}`, { role: 'control-plane' }),
  );

function hostsOf(placement: ReturnType<typeof placeMachines>) {
  return placement.placed ? [...placement.hosts.values()] : placement.reason;
}

describe('placeMachines', () => {
  it('fills the host with most free memory first', () => {
    const hosts = [host('pve1', 20), host('pve2', 33), host('pve3', 8)];
    expect(hostsOf(placeMachines(workers(4), hosts, SSD))).toEqual([
      'pve2',
      'pve2',
      'pve2',
      'pve1',
    ]);
  });

  it('spreads control planes before it looks at memory', () => {
    const hosts = [host('pve1', 60), host('pve2', 20), host('pve3', 8)];
    expect(hostsOf(placeMachines(controlPlanes(3), hosts, SSD))).toEqual([
      'pve1',
      'pve2',
      'pve3',
    ]);
  });

  it('keeps away from the control planes that a cluster has already', () => {
    const hosts = [host('pve1', 60), host('pve2', 20)];
    expect(
      hostsOf(
        placeMachines(controlPlanes(1), hosts, {
          ...SSD,
          controlPlanes: ['pve1'],
        }),
      ),
    ).toEqual(['pve2']);
  });

  it('of hosts that are about equally free, takes the one with fewer clones', () => {
    const hosts = [
      host('pve1', 41, { clones: 3 }),
      host('pve2', 40, { clones: 1 }),
      host('pve3', 20),
    ];
    expect(hostsOf(placeMachines(workers(1), hosts, SSD))).toEqual(['pve2']);
  });

  it('never promises more than is free, and then places none', () => {
    const hosts = [host('pve1', 7), host('pve2', 4)];
    expect(hostsOf(placeMachines(workers(2), hosts, SSD))).toEqual([
      'pve1',
      'pve2',
    ]);
    expect(hostsOf(placeMachines(workers(3), hosts, SSD))).toBe('memory');
    expect(hosts).toEqual([host('pve1', 7), host('pve2', 4)]);
  });

  it('counts a storage that hosts share once, and their own ones each', () => {
    const shared = { freeGiB: 50, totalGiB: 100 };
    const own = () => new Map([['ssd', { freeGiB: 25, totalGiB: 100 }]]);
    const sharing = ['pve1', 'pve2'].map(name =>
      host(name, 60, { storages: new Map([['ssd', shared]]) }),
    );
    expect(hostsOf(placeMachines(workers(3), sharing, SSD))).toBe('storage');
    expect(placeMachines(workers(2), sharing, SSD).placed).toBe(true);
    const apart = ['pve1', 'pve2'].map(name =>
      host(name, 60, { storages: own() }),
    );
    expect(hostsOf(placeMachines(workers(2), apart, SSD))).toEqual([
      'pve1',
      'pve2',
    ]);
    expect(hostsOf(placeMachines(workers(3), apart, SSD))).toBe('storage');
  });

  it('leaves a machine on its host, and says when that has no room or does not answer', () => {
    const hosts = [host('pve1', 60), host('pve2', 3, {})];
    const there = machine('w-1', { host: 'pve2', clone: false, diskGiB: 0 });
    expect(hostsOf(placeMachines([there], hosts, SSD))).toBe('memory');
    hosts[1] = host('pve2', 60, { online: false });
    expect(hostsOf(placeMachines([there], hosts, SSD))).toBe('hosts');
    expect(
      hostsOf(placeMachines([{ ...there, host: 'pve1' }], hosts, SSD)),
    ).toEqual(['pve1']);
  });

  it('gives back what a machine needs less, also on a host that is full', () => {
    const hosts = [host('pve1', -2)];
    const smaller = machine('w-1', {
      host: 'pve1',
      clone: false,
      diskGiB: 0,
      memoryMiB: -2 * GIB,
    });
    expect(placeMachines([smaller], hosts, SSD).placed).toBe(true);
  });

  it('makes new machines only where the environment may', () => {
    const hosts = [host('pve1', 8), host('pve2', 60)];
    expect(
      hostsOf(placeMachines(workers(1), hosts, { ...SSD, choices: ['pve1'] })),
    ).toEqual(['pve1']);
  });

  it('limits nothing that nobody knows', () => {
    const unknown = host('pve1', Infinity, { totalMiB: Infinity });
    expect(placeMachines(workers(50), [unknown], SSD).placed).toBe(true);
  });
});

describe('fitsWhenEmpty', () => {
  it('asks only whether hosts are large enough', () => {
    const storages = new Map([['ssd', { freeGiB: 0, totalGiB: 100 }]]);
    const hosts = [host('pve1', -5, { totalMiB: 9 * GIB, storages })];
    expect(fitsWhenEmpty(workers(2), hosts, SSD).placed).toBe(true);
    expect(hostsOf(fitsWhenEmpty(workers(3), hosts, SSD))).toBe('memory');
    expect(
      hostsOf(fitsWhenEmpty([machine('w-1', { diskGiB: 101 })], hosts, SSD)),
    ).toBe('storage');
    expect(hosts[0].freeMiB).toBe(-5 * GIB);
    expect(storages.get('ssd')).toEqual({ freeGiB: 0, totalGiB: 100 });
  });
});

describe('copyRooms', () => {
  it('keeps what is shared shared, and the originals as they are', () => {
    const shared = { freeGiB: 50, totalGiB: 100 };
    const originals = ['pve1', 'pve2'].map(name =>
      host(name, 60, { storages: new Map([['ssd', shared]]) }),
    );
    const [first, second] = copyRooms(originals);
    first.storages.get('ssd')!.freeGiB = 1;
    expect(second.storages.get('ssd')!.freeGiB).toBe(1);
    expect(shared.freeGiB).toBe(50);
  });
});
