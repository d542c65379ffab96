import { chooseVmids } from './chooseVmids';
import { deriveMacAddress } from './machineIdentity';

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
