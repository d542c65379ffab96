/*
 * Works out when something is in an iCalendar text (RFC 5545). Runs in a thread of its own, which whoever started it ends after a
 * while: there are rules with which the library never comes back.
 *
 *   workerData  { ics, timeZone, from, to, most }: the text; the IANA name of the zone of days and of times without one; from when to
 *               when (ms since the epoch); how many times there may be
 *   message     { spans: [from, to][], goesOn } in no order; whether something comes after `to`
 *            or { problem }: what is wrong with the calendar, as an end of a sentence
 */
import { parentPort, workerData } from 'node:worker_threads';
import ICAL from 'ical.js';
import { DateTime, IANAZone } from 'luxon';

const MAX_EVENTS = 500;
/** Of all rules together, from their beginnings on. */
const MAX_STEPS = 50_000;
/** What the library reads and then does otherwise. */
const NOT_FOLLOWED = ['BYWEEKNO', 'BYYEARDAY'];
const LONGEST_MS = 31 * 86_400_000;

const { ics, timeZone, from, to, most } = workerData;
const firstYear = new Date(from).getUTCFullYear() - 1;

class CalendarError extends Error {}

/** A zone that the calendar does not describe, by the rules that the system knows. */
class KnownZone extends ICAL.Timezone {
  utcOffset(time) {
    return inZone(time, this.tzid).offset * 60;
  }
}

/** The moment of a time as a clock in a zone shows it; days begin at midnight. */
function inZone({ year, month, day, hour, minute, second }, zone) {
  const clock = { year, month, day, hour, minute, second };
  const moment = DateTime.fromObject(clock, { zone });
  if (!moment.isValid)
    throw new CalendarError(
      `it has a time that there is not: ${JSON.stringify(clock)}`,
    );
  return moment;
}

function toMillis(time) {
  const isOfNoZone = time.isDate || time.zone === ICAL.Timezone.localTimezone;
  return isOfNoZone
    ? inZone(time, timeZone).toMillis()
    : time.toUnixTime() * 1000;
}

function parse() {
  const parsed = ICAL.parse(ics);
  // Of several calendars in one text, an array of them.
  const calendars = (Array.isArray(parsed[0]) ? parsed : [parsed]).map(
    each => new ICAL.Component(each),
  );
  if (calendars.some(({ name }) => name !== 'vcalendar'))
    throw new CalendarError('it is no iCalendar: it has no VCALENDAR');
  return calendars;
}

/** Makes the zones known that the calendar names and does not describe. */
function knowZones(calendar) {
  for (const event of calendar.getAllSubcomponents('vevent'))
    for (const property of event.getAllProperties()) {
      const name = property.getFirstParameter('tzid');
      if (name === undefined || calendar.getTimeZoneByID(name)) continue;
      // Some programs put their own name before it, with slashes.
      const known = [name, name.split('/').slice(-2).join('/')].find(each =>
        IANAZone.isValidZone(each),
      );
      if (!known)
        throw new CalendarError(
          `nobody knows its time zone '${name.slice(0, 60)}'`,
        );
      const zone = new KnownZone({ tzid: known });
      zone.tzid = known;
      ICAL.TimezoneService.register(zone, name);
    }
}

const spans = [];
let goesOn = false;
let steps = 0;

function add(start, end) {
  const span = [toMillis(start), toMillis(end)];
  const length = span[1] - span[0];
  if (length < 0 || length > LONGEST_MS)
    throw new CalendarError(
      'one of its events ends before it begins, or lasts longer than 31 days',
    );
  if (span[0] >= to) goesOn = true;
  else if (length > 0 && span[1] > from) spans.push(span);
  if (spans.length > most)
    throw new CalendarError(
      `it has more than ${most} times in the next two years`,
    );
}

const isCancelled = component =>
  component.getFirstPropertyValue('status') === 'CANCELLED';

function follow(event) {
  if (!event.startDate)
    throw new CalendarError('one of its events has no begin (DTSTART)');
  if (isCancelled(event.component)) return;
  if (!event.isRecurring()) {
    add(event.startDate, event.endDate);
    return;
  }
  for (const rule of event.component
    .getAllProperties('rrule')
    .flatMap(each => each.getValues())) {
    const unknown = NOT_FOLLOWED.find(part => rule.parts[part]);
    if (unknown)
      throw new CalendarError(
        `one of its events repeats by ${unknown}, which is not followed`,
      );
  }
  const times = event.iterator();
  for (let next = times.next(); next; next = times.next()) {
    steps += 1;
    if (steps > MAX_STEPS)
      throw new CalendarError('its events repeat too often, or for too long');
    // What is long over needs no exact time.
    if (next.year < firstYear) continue;
    if (toMillis(next) >= to) {
      goesOn = true;
      return;
    }
    const { item, startDate, endDate } = event.getOccurrenceDetails(next);
    if (!isCancelled(item.component)) add(startDate, endDate);
  }
}

function read() {
  const calendars = parse();
  const count = calendars.flatMap(each =>
    each.getAllSubcomponents('vevent'),
  ).length;
  if (count === 0) throw new CalendarError('it has no events');
  if (count > MAX_EVENTS)
    throw new CalendarError(
      `it has ${count} events, and ${MAX_EVENTS} are the most`,
    );
  for (const calendar of calendars) {
    knowZones(calendar);
    const components = calendar.getAllSubcomponents('vevent');
    const uidOf = component => component.getFirstPropertyValue('uid');
    const isException = component => component.hasProperty('recurrence-id');
    const series = new Set(
      components.filter(each => !isException(each)).map(uidOf),
    );
    // The exceptions of a series come with it.
    for (const component of components)
      if (!isException(component) || !series.has(uidOf(component)))
        follow(new ICAL.Event(component));
  }
  return { spans, goesOn };
}

try {
  parentPort.postMessage(read());
} catch (error) {
  // What the library throws while it reads is about what it reads.
  const problem =
    error instanceof CalendarError
      ? error.message
      : `it is no iCalendar that can be read: ${String(
          error?.message ?? error,
        ).slice(0, 100)}`;
  parentPort.postMessage({ problem });
}
