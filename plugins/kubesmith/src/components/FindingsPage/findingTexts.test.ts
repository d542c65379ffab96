import type { Finding } from '@kubesmith/plugin-kubesmith-common';
import { stateText } from './findingTexts';

const now = '2026-11-21T10:00:00.000Z';

const finding = (values: Partial<Finding>): Finding => ({
  id: '11111111-1111-4111-8111-111111111111',
  kind: 'orphan-machine',
  environment: 'course',
  detail: 'A machine.',
  nextStep: 'Nothing.',
  sightings: 1,
  repairsItself: true,
  firstSeenAt: now,
  lastSeenAt: now,
  ...values,
});

describe('stateText', () => {
  it.each<[Partial<Finding>, string]>([
    [{}, 'Seen once, waits for the next look'],
    [{ sightings: 2 }, 'Could not be put right yet'],
    [{ sightings: 2, repairedAt: now }, 'Put right, is looked at again'],
    [{ sightings: 2, repairedAt: now, endedAt: now }, 'Put right'],
    [{ endedAt: now }, 'Not seen any more'],
    [{ repairsItself: false }, 'Needs a person'],
    // An address is only kept back: somebody still uses it.
    [{ repairsItself: false, repairedAt: now }, 'Needs a person'],
    [
      { repairsItself: false, repairedAt: now, endedAt: now },
      'Not seen any more',
    ],
  ])('says of %o: %s', (values, label) => {
    expect(stateText(finding(values)).label).toBe(label);
  });
});
