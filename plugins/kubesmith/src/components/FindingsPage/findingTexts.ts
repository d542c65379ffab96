import type { Finding, FindingKind } from '@kubesmith/plugin-kubesmith-common';
import type { Tone } from '../../format/phase';

/** What can be the matter, in the words of the page. */
export const kindTexts: Record<FindingKind, { label: string; tone: Tone }> = {
  'orphan-machine': { label: 'Left-over machine', tone: 'warning' },
  'unknown-machine': { label: 'Unknown machine of ours', tone: 'danger' },
  'foreign-machine': { label: 'Somebody else’s machine', tone: 'warning' },
  'machine-missing': { label: 'Machine is gone', tone: 'danger' },
  'machine-stopped': { label: 'Machine does not run', tone: 'warning' },
  'machine-running': {
    label: 'Machine runs, its cluster sleeps',
    tone: 'warning',
  },
  'machine-changed': { label: 'Machine was changed', tone: 'danger' },
  'machine-moved': { label: 'Machine moved', tone: 'neutral' },
  'machine-resized': { label: 'Machine has another size', tone: 'warning' },
  'address-in-use': { label: 'Address in use', tone: 'warning' },
  'address-held': { label: 'Address held for nobody', tone: 'warning' },
  'state-missing': { label: 'Terraform state is gone', tone: 'warning' },
  'state-left': { label: 'Keys of a deleted cluster', tone: 'warning' },
};

/** How a finding stands. */
export function stateText({
  endedAt,
  repairedAt,
  repairsItself,
  sightings,
}: Finding): { label: string; tone: Tone } {
  if (endedAt)
    return repairsItself && repairedAt
      ? { label: 'Put right', tone: 'success' }
      : { label: 'Not seen any more', tone: 'neutral' };
  if (!repairsItself) return { label: 'Needs a person', tone: 'warning' };
  if (repairedAt)
    return { label: 'Put right, is looked at again', tone: 'success' };
  return sightings < 2
    ? { label: 'Seen once, waits for the next look', tone: 'busy' }
    : { label: 'Could not be put right yet', tone: 'danger' };
}
