import { formatDuration, formatRelative } from './time';

const hour = 3_600_000;

describe('formatDuration', () => {
  it.each([
    [-500, '0 s'],
    [7_600, '8 s'],
    [59_400, '59 s'],
    [60_000, '1 min 00 s'],
    [125_000, '2 min 05 s'],
    [2 * hour + 600_000, '2 h 10 min'],
  ])('says %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('formatRelative', () => {
  it.each([
    [0, 'just now'],
    [-59_000, 'just now'],
    [30_000, 'in less than a minute'],
    [-5 * 60_000, '5 minutes ago'],
    [8 * hour - 1_000, 'in 8 hours'],
    [-30 * hour, '30 hours ago'],
    [90 * 24 * hour - 60_000, 'in 90 days'],
  ])('says %d ms from now as %s', (distance, text) => {
    expect(
      formatRelative(1_000_000_000_000 + distance, 1_000_000_000_000),
    ).toBe(text);
  });
});
