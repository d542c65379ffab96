import { lastEdge, nextEdges, nextLook, timetableProblems } from './timetable';

const utc = (text: string) => Date.parse(`${text}Z`);
const shown = ({ at, kind }: { at: number; kind: string }) =>
  `${kind} ${new Date(at).toISOString().slice(0, 16)}`;
const nightly = {
  sleep: '30 2 * * *',
  wake: '0 7 * * 1-5',
  timeZone: 'Europe/Berlin',
};

describe('timetable', () => {
  it('tells the next moments in their order', () => {
    // A Friday.
    expect(nextEdges(nightly, utc('2026-11-20T12:00'), 4).map(shown)).toEqual([
      'hibernate 2026-11-21T01:30',
      'hibernate 2026-11-22T01:30',
      'hibernate 2026-11-23T01:30',
      'wake 2026-11-23T06:00',
    ]);
  });

  it('sleeps once in the night in which an hour is missing, and once when one comes twice', () => {
    const day = (from: string) =>
      nextEdges({ ...nightly, wake: undefined }, utc(from), 2).map(shown);
    // 02:30 does not exist on 28 March 2027: the clock goes from 02:00 to 03:00.
    expect(day('2027-03-27T12:00')).toEqual([
      'hibernate 2027-03-28T01:00',
      'hibernate 2027-03-29T00:30',
    ]);
    // 02:30 is there twice on 25 October 2026.
    expect(day('2026-10-24T12:00')).toEqual([
      'hibernate 2026-10-25T00:30',
      'hibernate 2026-10-26T01:30',
    ]);
  });

  it('catches up once with what was missed', () => {
    const of = (from: string, to: string) => {
      const edge = lastEdge(nightly, utc(from), utc(to));
      return edge && shown(edge);
    };
    expect(of('2026-11-16T00:00', '2026-11-20T12:00')).toBe(
      'wake 2026-11-20T06:00',
    );
    expect(of('2026-11-16T00:00', '2026-11-21T12:00')).toBe(
      'hibernate 2026-11-21T01:30',
    );
    expect(of('2026-11-20T06:00', '2026-11-20T06:01')).toBeUndefined();
    expect(of('2026-11-20T05:59', '2026-11-20T06:00')).toBe(
      'wake 2026-11-20T06:00',
    );
    expect(of('2001-01-01T00:00', '2026-11-20T06:00')).toBe(
      'wake 2026-11-20T06:00',
    );
  });

  it('that is a calendar wakes before its events, sleeps after them, and comes to an end', () => {
    const day = (n: number, hour: number) => utc(`2026-11-2${n}T0${hour}:00`);
    const calendar = {
      spans: [
        { from: day(3, 7), to: day(3, 9) },
        { from: day(4, 7), to: day(4, 9) },
      ],
      timeZone: 'UTC',
      knownUntil: day(4, 9),
      goesOn: false,
    };
    expect(nextEdges(calendar, day(3, 8), 2).map(shown)).toEqual([
      'hibernate 2026-11-23T09:00',
      'wake 2026-11-24T07:00',
    ]);
    expect(lastEdge(calendar, day(3, 1), day(3, 8))).toMatchObject({
      kind: 'wake',
    });
    expect(lastEdge(calendar, day(3, 7), day(3, 8))).toBeUndefined();
    expect(nextEdges(calendar, day(4, 9), 5)).toEqual([]);
    expect(nextLook(calendar, day(4, 9))).toBeGreaterThan(day(4, 9));
  });

  it.each([
    [{ timeZone: 'Europe/Nowhere' }, 'KUBESMITH-TIME-ZONE-UNKNOWN', 'timeZone'],
    [{ sleep: '0 20 * *' }, 'KUBESMITH-CRON-INVALID', 'sleep'],
    [{ sleep: '0 0 20 * * *' }, 'KUBESMITH-CRON-INVALID', 'sleep'],
    [{ sleep: '0 25 * * *' }, 'KUBESMITH-CRON-INVALID', 'sleep'],
    [{ sleep: '0 0 31 2 *' }, 'KUBESMITH-CRON-INVALID', 'sleep'],
    // With these the library would not come back, on a day on which clocks change.
    [{ sleep: '30 2 1-7 * 0' }, 'KUBESMITH-CRON-INVALID', 'sleep'],
    [{ sleep: '0 2 29 3 1' }, 'KUBESMITH-CRON-INVALID', 'sleep'],
    [{ wake: '*/5 * * * *' }, 'KUBESMITH-CRON-INVALID', 'wake'],
    [{ wake: 'at seven, if you please' }, 'KUBESMITH-CRON-INVALID', 'wake'],
  ])('refuses %j', (change, code, field) => {
    expect(timetableProblems({ ...nightly, ...change })).toEqual([
      expect.objectContaining({ code, field }),
    ]);
  });

  it('takes what is right', () => {
    expect(timetableProblems(nightly)).toEqual([]);
    expect(
      timetableProblems({ sleep: '0 20 * * MON-FRI', timeZone: 'UTC' }),
    ).toEqual([]);
  });

  it('takes what comes once a year, or in leap years only, and tells what it can of it', () => {
    const yearly = { sleep: '0 20 24 12 *', timeZone: 'Europe/Berlin' };
    const leap = { sleep: '0 20 29 2 *', timeZone: 'UTC' };
    expect(timetableProblems(yearly)).toEqual([]);
    expect(timetableProblems(leap)).toEqual([]);
    const noon = Date.now();
    expect(nextEdges(yearly, noon, 5)).toHaveLength(5);
    expect(nextEdges(leap, noon, 5).length).toBeGreaterThan(0);
  });

  it('that says nothing for eight years is looked at again in a while', () => {
    const leap = { sleep: '0 20 29 2 *', timeZone: 'UTC' };
    const far = Date.now() + 9 * 366 * 86_400_000;
    expect(nextEdges(leap, far, 5)).toEqual([]);
    expect(nextLook(leap, far)).toBeGreaterThan(far);
    expect(lastEdge(leap, far, far + 1)).toBeUndefined();
  });
});
