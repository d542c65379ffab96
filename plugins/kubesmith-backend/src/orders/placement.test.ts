import { chooseVmids } from './chooseVmids';
import { deriveMacAddress } from './machineIdentity';
import { placeNodes } from './placeNodes';

const GIB = 1024;
const worker = { role: 'worker' as const, memoryMiB: 4 * GIB };
const controlPlane = { role: 'control-plane' as const, memoryMiB: 4 * GIB };

describe('placeNodes', () => {
  it('fills the host with the most free memory first', () => {
    const hosts = [
      { name: 'pve1', freeMemoryMiB: 10 * GIB },
      { name: 'pve2', freeMemoryMiB: 17 * GIB },
      { name: 'pve3', freeMemoryMiB: 9 * GIB },
    ];
    expect(placeNodes([controlPlane, worker, worker, worker], hosts)).toEqual([
      'pve2',
      'pve2',
      'pve1',
      'pve2',
    ]);
  });

  it('spreads control planes before it looks at memory', () => {
    const hosts = [
      { name: 'pve1', freeMemoryMiB: 100 * GIB },
      { name: 'pve2', freeMemoryMiB: 8 * GIB },
      { name: 'pve3', freeMemoryMiB: 4 * GIB },
    ];
    expect(
      placeNodes([controlPlane, controlPlane, controlPlane], hosts),
    ).toEqual(['pve1', 'pve2', 'pve3']);
  });

  it('goes on when memory is promised beyond what is free, and leaves its input alone', () => {
    const hosts = [{ name: 'pve1', freeMemoryMiB: GIB }];
    expect(placeNodes([controlPlane, worker], hosts)).toEqual(['pve1', 'pve1']);
    expect(hosts).toEqual([{ name: 'pve1', freeMemoryMiB: GIB }]);
  });
});

describe('chooseVmids', () => {
  it('takes the lowest free ones', () => {
    expect(
      chooseVmids({ first: 10, last: 20 }, new Set([10, 12, 5]), 3),
    ).toEqual([11, 13, 14]);
  });

  it('gives fewer when there are no more', () => {
    expect(chooseVmids({ first: 10, last: 12 }, new Set([11]), 3)).toEqual([
      10, 12,
    ]);
  });
});

describe('deriveMacAddress', () => {
  it('is stable, ours, unicast and locally administered', () => {
    const address = deriveMacAddress('c1', 'demo-cp-1', new Set());
    expect(address).toMatch(/^02:4B:53(:[0-9A-F]{2}){3}$/);
    expect(deriveMacAddress('c1', 'demo-cp-1', new Set())).toBe(address);
    expect(deriveMacAddress('c2', 'demo-cp-1', new Set())).not.toBe(address);
    expect(deriveMacAddress('c1', 'demo-w-1', new Set())).not.toBe(address);
  });

  it('avoids addresses that are taken', () => {
    const first = deriveMacAddress('c1', 'n', new Set());
    const second = deriveMacAddress('c1', 'n', new Set([first]));
    expect(second).not.toBe(first);
    expect(deriveMacAddress('c1', 'n', new Set([first, second]))).not.toBe(
      second,
    );
  });
});
