import type { QueuePlace } from './api/types';

const WHY: Record<NonNullable<QueuePlace['reason']>, string> = {
  memory: 'The hosts have not enough free memory for it.',
  storage: 'The storage has not enough free space for it.',
  clones: 'As many machines as may be are being made at once.',
  hosts: 'A host that is needed does not answer.',
  turn: 'Others who wait come first.',
  environment: 'Its environment is not configured, so nobody knows its hosts.',
};

/** Why something waits, as a sentence; undefined when its turn is about to come. @public */
export function waitReasonText(place: QueuePlace): string | undefined {
  return place.reason && WHY[place.reason];
}

/**
 * Where something stands and how long it probably waits, as the end of a sentence: `number 3 of 5, about 25 minutes`.
 *
 * @param now - ms since the epoch
 * @public
 */
export function queuePlaceText(place: QueuePlace, now: number): string {
  const { estimate, of, position } = place;
  const where = `number ${position} of ${of}`;
  return estimate === undefined
    ? `${where}; nobody knows when there will be room`
    : `${where}, ${about(Date.parse(estimate) - now)}`;
}

function about(ms: number): string {
  const minutes = Math.ceil(ms / 60_000);
  if (minutes <= 1) return 'about a minute';
  if (minutes < 90) return `about ${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  if (hours < 48) return `about ${hours} hours`;
  return `about ${Math.round(hours / 24)} days`;
}
