/** What says when something is; of everything else in a calendar, the portal is to know nothing. */
const KEPT = new Set([
  ...['BEGIN', 'END', 'VERSION', 'PRODID', 'UID', 'STATUS'],
  ...['DTSTART', 'DTEND', 'DURATION', 'RRULE', 'RDATE', 'EXDATE'],
  ...['RECURRENCE-ID', 'TZID', 'TZOFFSETFROM', 'TZOFFSETTO'],
]);
const COMPONENTS = new Set([
  ...['VCALENDAR', 'VEVENT', 'VTIMEZONE', 'STANDARD', 'DAYLIGHT'],
]);

/** An iCalendar text without whatever is not about times: no subjects, people, places or reminders. */
export function onlyTimes(ics: string): string {
  const kept: string[] = [];
  /** Of components that are left out, those that are open. */
  let left = 0;
  // Long lines go on in lines that begin with a blank (RFC 5545, 3.1).
  for (const line of ics.replace(/\r?\n[ \t]/g, '').split(/\r?\n/)) {
    const [, name = '', rest = ''] = /^([\w-]+)([:;].*)?$/.exec(line) ?? [];
    const isMarker = /^(BEGIN|END)$/i.test(name);
    const isLeftOut =
      isMarker && !COMPONENTS.has(rest.slice(1).trim().toUpperCase());
    if (isLeftOut) left += name.toUpperCase() === 'BEGIN' ? 1 : -1;
    else if (left <= 0 && KEPT.has(name.toUpperCase())) kept.push(line);
  }
  return kept.join('\r\n');
}
