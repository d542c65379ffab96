import { queuePlaceText, waitReasonText } from './queue';

const NOW = Date.parse('2026-11-21T10:00:00Z');
const at = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString();

describe('queuePlaceText', () => {
  it.each([
    [-5, 'about a minute'],
    [1, 'about a minute'],
    [24.2, 'about 25 minutes'],
    [100, 'about 2 hours'],
    [47 * 60, 'about 47 hours'],
    [5 * 24 * 60, 'about 5 days'],
  ])('tells %s minutes', (minutes, text) => {
    expect(
      queuePlaceText({ position: 3, of: 5, estimate: at(minutes) }, NOW),
    ).toBe(`number 3 of 5, ${text}`);
  });

  it('does not make up a date', () => {
    expect(queuePlaceText({ position: 1, of: 1 }, NOW)).toBe(
      'number 1 of 1; nobody knows when there will be room',
    );
  });
});

describe('waitReasonText', () => {
  it('says why, as far as that is known', () => {
    expect(waitReasonText({ position: 1, of: 1, reason: 'memory' })).toBe(
      'The hosts have not enough free memory for it.',
    );
    expect(waitReasonText({ position: 1, of: 1 })).toBeUndefined();
  });
});
