import { CalendarError, readCalendar } from '.';

jest.setTimeout(60_000);

const calendar = (...lines: string[]) =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:test',
    ...lines,
    'END:VCALENDAR',
  ].join('\r\n');
const event = (...lines: string[]) => [
  'BEGIN:VEVENT',
  'UID:lecture',
  ...lines,
  'END:VEVENT',
];
const other = (uid: string, ...lines: string[]) => [
  'BEGIN:VEVENT',
  `UID:${uid}`,
  ...lines,
  'END:VEVENT',
];
const berlin = (name: string, time: string) =>
  `${name};TZID=Europe/Berlin:${time}`;
/** What is in a calendar in the first days after one; 23 November 2026 is a Monday. */
async function spans(ics: string, from = '2026-11-23T00:00', days = 7) {
  const now = Date.parse(`${from}Z`);
  const read = await readCalendar({ ics, timeZone: 'Europe/Berlin' }, now);
  return read.spans
    .filter(span => span.from < now + days * 86_400_000)
    .map(each =>
      [each.from, each.to]
        .map(time => new Date(time).toISOString().slice(0, 16))
        .join(' – '),
    );
}
const lecture = event(
  berlin('DTSTART', '20261102T080000'),
  berlin('DTEND', '20261102T100000'),
  'RRULE:FREQ=WEEKLY;BYDAY=MO,WE',
  berlin('EXDATE', '20261125T080000'),
);

describe('readCalendar', () => {
  it('follows rules, exceptions and zones', async () => {
    expect(await spans(calendar(...lecture), undefined, 14)).toEqual([
      '2026-11-23T07:00 – 2026-11-23T09:00',
      '2026-11-30T07:00 – 2026-11-30T09:00',
      '2026-12-02T07:00 – 2026-12-02T09:00',
    ]);
    // In summer, 08:00 is an hour earlier.
    expect(await spans(calendar(...lecture), '2027-06-07T00:00', 2)).toEqual([
      '2027-06-07T06:00 – 2027-06-07T08:00',
    ]);
  });

  it('follows an event of a series that was moved, and one that was cancelled', async () => {
    const moved = event(
      berlin('RECURRENCE-ID', '20261123T080000'),
      berlin('DTSTART', '20261124T120000'),
      'DURATION:PT1H',
    );
    const cancelled = event(
      berlin('RECURRENCE-ID', '20261130T080000'),
      berlin('DTSTART', '20261130T080000'),
      'DURATION:PT1H',
      'STATUS:CANCELLED',
    );
    expect(
      await spans(calendar(...lecture, ...moved, ...cancelled), undefined, 9),
    ).toEqual(['2026-11-24T11:00 – 2026-11-24T12:00']);
    // Of a series that is not in the file.
    expect(await spans(calendar(...moved))).toHaveLength(1);
  });

  it('knows UTC, times without a zone and whole days', async () => {
    expect(
      await spans(
        calendar(
          ...other('1', 'DTSTART:20261123T080000Z', 'DTEND:20261123T090000Z'),
          ...other('2', 'DTSTART:20261124T080000', 'DURATION:PT30M'),
          ...other(
            '3',
            'DTSTART;VALUE=DATE:20261126',
            'DTEND;VALUE=DATE:20261128',
          ),
        ),
      ),
    ).toEqual([
      '2026-11-23T08:00 – 2026-11-23T09:00',
      '2026-11-24T07:00 – 2026-11-24T07:30',
      '2026-11-25T23:00 – 2026-11-27T23:00',
    ]);
  });

  it.each([
    ['COUNT=2', 3],
    ['UNTIL=20261125T070000Z', 4],
    ['UNTIL=20261125T065959Z', 3],
  ])('ends a rule by %s, and adds single dates', async (rule, times) => {
    const daily = calendar(
      ...event(
        berlin('DTSTART', '20261123T080000'),
        'DURATION:PT1H',
        `RRULE:FREQ=DAILY;${rule}`,
        berlin('RDATE', '20261128T080000'),
      ),
    );
    expect(await spans(daily)).toHaveLength(times);
  });

  it('takes what is near together for one', async () => {
    const at = (from: string, to: string) =>
      other(from, `DTSTART:20261123T${from}00Z`, `DTEND:20261123T${to}00Z`);
    expect(
      await spans(
        calendar(
          ...at('1000', '1100'),
          ...at('0800', '0945'),
          ...at('1115', '1200'),
          ...at('1230', '1300'),
        ),
      ),
    ).toEqual([
      '2026-11-23T08:00 – 2026-11-23T12:00',
      '2026-11-23T12:30 – 2026-11-23T13:00',
    ]);
  });

  it.each([
    ['a name with a program before it', '/example.org/Europe/Berlin', []],
    [
      'a zone that the calendar describes, as Outlook does',
      'W. Europe Standard Time',
      [
        'BEGIN:VTIMEZONE',
        'TZID:W. Europe Standard Time',
        'BEGIN:STANDARD',
        'DTSTART:16010101T030000',
        'TZOFFSETFROM:+0200',
        'TZOFFSETTO:+0100',
        'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10',
        'END:STANDARD',
        'BEGIN:DAYLIGHT',
        'DTSTART:16010101T020000',
        'TZOFFSETFROM:+0100',
        'TZOFFSETTO:+0200',
        'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3',
        'END:DAYLIGHT',
        'END:VTIMEZONE',
      ],
    ],
  ])('finds the zone behind %s', async (_, name, zone) => {
    const zoned = calendar(
      ...zone,
      ...event(
        `DTSTART;TZID=${name}:20261123T080000`,
        'DURATION:PT1H',
        'RRULE:FREQ=MONTHLY',
      ),
    );
    expect(await spans(zoned, undefined, 220)).toEqual(
      expect.arrayContaining([
        '2026-11-23T07:00 – 2026-11-23T08:00',
        '2027-05-23T06:00 – 2027-05-23T07:00',
      ]),
    );
  });

  it('says how far it is known, and whether there is more', async () => {
    const now = Date.UTC(2026, 10, 23);
    const of = async (...lines: string[]) => {
      const ics = calendar(...event('DURATION:PT1H', ...lines));
      const read = await readCalendar({ ics, timeZone: 'UTC' }, now);
      const { goesOn, knownUntil } = read;
      return [goesOn, new Date(knownUntil).toISOString().slice(0, 13)];
    };
    const start = 'DTSTART:20261124T080000Z';
    expect(await of(start)).toEqual([false, '2026-11-24T09']);
    expect(await of(start, 'RRULE:FREQ=WEEKLY;COUNT=3')).toEqual([
      false,
      '2026-12-08T09',
    ]);
    expect(await of(start, 'RRULE:FREQ=WEEKLY')).toEqual([
      true,
      '2028-11-22T00',
    ]);
  });

  it.each([
    ['no calendar', 'Lunch at noon', /no iCalendar/],
    [
      'another kind',
      'BEGIN:VCARD\r\nVERSION:4.0\r\nFN:A\r\nEND:VCARD',
      /VCALENDAR/,
    ],
    ['half a calendar', 'BEGIN:VCALENDAR\r\nBEGIN:VEVENT', /no iCalendar/],
    ['no events', calendar(), /no events/],
    [
      'too many events',
      calendar(...Array.from({ length: 501 }, () => lecture).flat()),
      /501 events/,
    ],
    ['no begin', calendar(...event('DURATION:PT1H')), /no begin/],
    [
      'an end before its begin',
      calendar(...event('DTSTART:20261123T080000Z', 'DTEND:20261122T080000Z')),
      /ends before/,
    ],
    [
      'a year',
      calendar(...event('DTSTART:20261123T080000Z', 'DURATION:P365D')),
      /longer than 31 days/,
    ],
    [
      'what is over',
      calendar(...event('DTSTART:20261122T080000Z', 'DURATION:PT1H')),
      /nothing is in it/,
    ],
    [
      'every second',
      calendar(
        ...event(
          'DTSTART:20261123T080000Z',
          'DURATION:PT1S',
          'RRULE:FREQ=SECONDLY',
        ),
      ),
      /2000 times/,
    ],
    [
      'a rule of the year 1800',
      calendar(
        ...event(
          'DTSTART:18000101T080000Z',
          'DURATION:PT1H',
          'RRULE:FREQ=DAILY',
        ),
      ),
      /repeat too often/,
    ],
    [
      'nonsense in a rule',
      calendar(
        ...event('DTSTART:20261123T080000Z', 'RRULE:FREQ=DAILY;BYDAY=XX'),
      ),
      /no iCalendar/,
    ],
    [
      'weeks by their numbers',
      calendar(
        ...event('DTSTART:20261123T080000Z', 'RRULE:FREQ=YEARLY;BYWEEKNO=53'),
      ),
      /BYWEEKNO/,
    ],
    [
      'a zone that nobody knows',
      calendar(
        ...event('DTSTART;TZID=Mars/Olympus:20261123T080000', 'DURATION:PT1H'),
      ),
      /time zone 'Mars\/Olympus'/,
    ],
  ])('refuses %s', async (_what, text, message) => {
    const refused = spans(text);
    await expect(refused).rejects.toThrow(CalendarError);
    await expect(refused).rejects.toThrow(message);
  });

  it('gives up on rules without end, and reads the next calendar', async () => {
    const never = [
      'DAILY;BYMONTH=2;BYMONTHDAY=30',
      'MONTHLY;BYMONTH=2;BYMONTHDAY=30',
      'WEEKLY;BYDAY=MO;BYMONTH=2;INTERVAL=999999',
      'MONTHLY;BYDAY=MO;BYSETPOS=6',
    ];
    const all = never.map(rule =>
      spans(
        calendar(
          ...event(
            'DTSTART:20200101T080000Z',
            'DURATION:PT1H',
            `RRULE:FREQ=${rule}`,
          ),
        ),
      ),
    );
    const next = spans(calendar(...lecture));
    for (const each of await Promise.allSettled(all))
      expect(each).toMatchObject({
        status: 'rejected',
        reason: expect.any(CalendarError),
      });
    expect(await next).toHaveLength(1);
  });
});
