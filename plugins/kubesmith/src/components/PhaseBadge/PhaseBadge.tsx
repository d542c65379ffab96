import { Badge } from '@backstage/ui';
import type { ClusterPhase } from '@kubesmith/plugin-kubesmith-common';
import { phaseTexts } from '../../format/phase';
import { ToneIcon } from './ToneIcon';

/** A cluster's state: a word, with a colour and an icon that say the same. */
export const PhaseBadge = ({ phase }: { phase: ClusterPhase }) => {
  const { label, tone } = phaseTexts[phase];
  return <Badge icon={<ToneIcon tone={tone} />}>{label}</Badge>;
};
