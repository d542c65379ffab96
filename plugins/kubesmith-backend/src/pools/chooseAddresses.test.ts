import { chooseAddresses } from './chooseAddresses';

describe('chooseAddresses', () => {
  it('begins at the start of an empty range', () => {
    expect(chooseAddresses({ first: 10, last: 20, taken: [] }, 3)).toEqual([
      10, 11, 12,
    ]);
  });

  it('takes the tightest gap that is large enough', () => {
    // Gaps: 10-14 (5), 16-17 (2), 19-21 (3), 23-30 (8).
    const range = { first: 10, last: 30, taken: [15, 18, 22] };
    expect(chooseAddresses(range, 2)).toEqual([16, 17]);
    expect(chooseAddresses(range, 3)).toEqual([19, 20, 21]);
    expect(chooseAddresses(range, 4)).toEqual([10, 11, 12, 13]);
    expect(chooseAddresses(range, 6)).toEqual([23, 24, 25, 26, 27, 28]);
  });

  it('takes scattered addresses when no gap is large enough', () => {
    const range = { first: 10, last: 20, taken: [12, 15, 18] };
    expect(chooseAddresses(range, 5)).toEqual([10, 11, 13, 14, 16]);
  });

  it('takes the very last address, and nothing beyond', () => {
    expect(
      chooseAddresses({ first: 10, last: 12, taken: [10, 11] }, 1),
    ).toEqual([12]);
    expect(
      chooseAddresses({ first: 10, last: 12, taken: [10, 11, 12] }, 1),
    ).toBeUndefined();
  });

  it('ignores taken addresses outside the range', () => {
    expect(
      chooseAddresses({ first: 10, last: 12, taken: [1, 9, 13, 99] }, 3),
    ).toEqual([10, 11, 12]);
  });
});
