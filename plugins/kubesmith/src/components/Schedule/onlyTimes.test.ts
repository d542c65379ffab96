import { onlyTimes } from './onlyTimes';

describe('onlyTimes', () => {
  it('keeps what says when something is, and nothing else', () => {
    const ics = [
      'BEGIN:VCALENDAR',
      'X-WR-CALNAME:Private',
      'BEGIN:VTIMEZONE',
      'TZID:Home',
      'BEGIN:STANDARD',
      'TZOFFSETTO:+0100',
      'END:STANDARD',
      'END:VTIMEZONE',
      'BEGIN:VEVENT',
      'DTSTART;TZID=Ho',
      ' me:20261123T080000',
      'SUMMARY:Talk about',
      '\tDTEND:pay',
      'ATTENDEE;CN=Ada:mailto:ada@example.org',
      'RRULE:FREQ=WEEKLY',
      'BEGIN:VALARM',
      'DURATION:PT5M',
      'END:VALARM',
      'END:VEVENT',
      'BEGIN:VTODO',
      'DTSTART:20261123T080000Z',
      'END:VTODO',
      'END:VCALENDAR',
    ].join('\r\n');
    expect(onlyTimes(ics).split('\r\n')).toEqual([
      'BEGIN:VCALENDAR',
      'BEGIN:VTIMEZONE',
      'TZID:Home',
      'BEGIN:STANDARD',
      'TZOFFSETTO:+0100',
      'END:STANDARD',
      'END:VTIMEZONE',
      'BEGIN:VEVENT',
      'DTSTART;TZID=Home:20261123T080000',
      'RRULE:FREQ=WEEKLY',
      'END:VEVENT',
      'END:VCALENDAR',
    ]);
  });

  it('leaves nothing of what is no calendar', () => {
    expect(onlyTimes('Dear Ada,\n\nlunch at noon?')).toBe('');
  });
});
