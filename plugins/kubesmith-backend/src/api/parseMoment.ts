import { fieldProblem } from '@kubesmith/plugin-kubesmith-common';
import { requestRefused } from '../errors/apiErrors';

const DATE = /^(\d{4})-(\d{2})-(\d{2})T/;

/**
 * A time that the API document's `date-time` let pass, in milliseconds since the epoch; undefined stays undefined. Refuses days
 * that no calendar has: `Date` would take February 30th for March 2nd.
 */
export function parseMoment(
  field: string,
  text: string | undefined,
): number | undefined {
  if (text === undefined) return undefined;
  const moment = Date.parse(text);
  const [, year, month, day] = (DATE.exec(text) ?? []).map(Number);
  const isDay = new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
  if (Number.isNaN(moment) || !isDay)
    throw requestRefused([
      fieldProblem(field, 'KUBESMITH-FIELD-INVALID', {
        field,
        detail: 'is not a time that exists',
      }),
    ]);
  return moment;
}
