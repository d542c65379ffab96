import { formatDuration, formatInZone, formatRelative } from './time';

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

describe('formatInZone', () => {
  it('is the time of day that people of the zone read', () => {
    const moment = Date.parse('2026-11-23T19:00:00.000Z');
    expect(formatInZone(moment, 'Europe/Berlin')).toMatch(
      /^Mon,? 23 Nov 2026.* 20:00 CET$/,
    );
    expect(formatInZone(moment, 'UTC')).toMatch(/19:00 UTC$/);
  });
});
