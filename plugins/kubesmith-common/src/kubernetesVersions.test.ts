import {
  compareVersions,
  minorsBetween,
  upgradesFrom,
} from './kubernetesVersions';

describe('Kubernetes versions', () => {
  it.each([
    ['1.36.3', '1.36.3', 0],
    ['1.36.10', '1.36.9', 1],
    ['1.9.9', '1.10.0', -1],
    ['2.0.0', '1.99.9', 1],
  ])('compares %s with %s by numbers', (one, other, expected) => {
    expect(Math.sign(compareVersions(one, other))).toBe(expected);
  });

  it('counts minor versions, and never over a major one', () => {
    expect(minorsBetween('1.35.9', '1.36.0')).toBe(1);
    expect(minorsBetween('1.36.0', '1.36.9')).toBe(0);
    expect(minorsBetween('1.35.0', '1.37.0')).toBe(2);
    expect(minorsBetween('1.36.0', '2.0.0')).toBe(Infinity);
  });

  it('offers what can be reached at once, the oldest first', () => {
    expect(
      upgradesFrom('1.35.4', [
        '1.36.3',
        '1.35.9',
        '1.35.4',
        '1.34.9',
        '1.37.1',
      ]),
    ).toEqual(['1.35.9', '1.36.3']);
  });
});
