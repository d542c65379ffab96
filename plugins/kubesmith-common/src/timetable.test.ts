import {
  isTimeOfDay,
  timetableText,
  toTimetable,
  toWeeklyHours,
} from './timetable';

const timeZone = 'Europe/Berlin';

describe('weekly hours', () => {
  it.each([
    [[1, 2, 3, 4, 5], '07:00', '20:00', '0 7 * * 1-5', '0 20 * * 1-5'],
    [[1, 3, 5], '08:30', '18:05', '30 8 * * 1,3,5', '5 18 * * 1,3,5'],
    [[1, 2, 3, 4, 5, 6, 0], '07:00', '23:00', '0 7 * * *', '0 23 * * *'],
    [[6, 0], '10:00', '18:00', '0 10 * * 6,0', '0 18 * * 6,0'],
    // Over midnight: asleep in the next morning.
    [[5, 6], '20:00', '02:00', '0 20 * * 5,6', '0 2 * * 6,0'],
  ])(
    'on %j from %s to %s are patterns, and back',
    (days, from, to, wake, sleep) => {
      const hours = { days, from, to, timeZone };
      expect(toTimetable(hours)).toEqual({ sleep, wake, timeZone });
      expect(toWeeklyHours({ sleep, wake, timeZone })).toEqual(hours);
    },
  );

  it.each([
    ['0 20 * * 1-5', undefined],
    ['0 20 * * 1-5', '0 7 * * 1-4'],
    ['0 20 * * *', '0 20 * * *'],
    ['0 20 1 * *', '0 7 1 * *'],
    ['0 */4 * * *', '0 7 * * *'],
    ['0 20 * * 5-1', '0 7 * * 5-1'],
    ['0 20 * * X', '0 7 * * X'],
  ])('are not what %s and %s mean', (sleep, wake) => {
    expect(toWeeklyHours({ sleep, wake, timeZone })).toBeUndefined();
  });

  it('are read as others write them', () => {
    expect(
      toWeeklyHours({
        sleep: '00  20 * * MON-FRI',
        wake: '0 07 * * 1,2,3,4,5',
        timeZone,
      }),
    ).toEqual({ days: [1, 2, 3, 4, 5], from: '07:00', to: '20:00', timeZone });
    expect(
      toWeeklyHours({ sleep: '0 20 * * 5-7', wake: '0 7 * * 5-0', timeZone })
        ?.days,
    ).toEqual([5, 6, 0]);
  });

  it('know times of day', () => {
    expect(['7:00', '07:00', '23:59'].every(isTimeOfDay)).toBe(true);
    expect(['24:00', '7', '07:60', ' 07:00', ''].some(isTimeOfDay)).toBe(false);
  });
});

describe('timetableText', () => {
  const text = (sleep: string, wake?: string) =>
    timetableText({ sleep, wake, timeZone });

  it('says weekly hours in words', () => {
    expect(text('0 20 * * 1-5', '0 7 * * 1-5')).toBe(
      'Awake Monday to Friday from 07:00 to 20:00 (Europe/Berlin), asleep otherwise.',
    );
    expect(text('0 2 * * *', '0 20 * * *')).toBe(
      'Awake every day from 20:00 to 02:00 on the next day (Europe/Berlin), asleep otherwise.',
    );
    expect(text('0 20 * * 1,3,5', '0 7 * * 1,3,5')).toMatch(
      /^Awake Monday, Wednesday and Friday from/,
    );
  });

  it('says what is not that simple as it is', () => {
    expect(text('0 20 1 * *')).toBe(
      "Goes to sleep at '0 20 1 * *' and does not wake by itself (cron patterns, Europe/Berlin).",
    );
  });
});
